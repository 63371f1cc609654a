// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

/// Calls of every kind. `abis/Target.json` holds what solc makes of it.
contract Target {
    event Did(uint256 n);
    event Made(address child);

    struct Pair {
        address target;
        uint256 amount;
    }
    event Paired(Pair pair, string note);

    uint256 public total;

    function act(uint256 n, string calldata note) external payable returns (uint256 sum, bytes32 hash) {
        total += n;
        emit Did(n);
        return (total, keccak256(bytes(note)));
    }

    function quiet(uint256 n) external {
        total += n;
    }

    function loud(uint256 n) external {
        emit Did(n);
    }

    function refuse(uint256 n) external {
        total = n;
        revert("no");
    }

    /// Speaks, then calls another, then itself.
    function outer(Target other, uint256 n) external returns (uint256) {
        emit Did(n);
        other.quiet(n + 1);
        this.quiet(n + 2);
        emit Did(n + 3);
        return n;
    }

    /// A call that succeeds inside of one that is undone.
    function quietThenRefuse(uint256 n) external {
        this.quiet(n);
        revert("undone");
    }

    function attempt(uint256 n) external {
        try this.quietThenRefuse(n) {} catch {}
    }

    /// The same call again and again.
    function repeat(Target other, uint256 times) external {
        for (uint256 i; i < times; i++) other.quiet(0);
    }

    /// Runs another's code in its own place.
    function lend(Target code, uint256 n) external {
        (bool done,) = address(code).delegatecall(abi.encodeCall(Target.quiet, (n)));
        require(done);
    }

    /// Whatever follows the selector.
    function raw(Target to, bytes calldata input) external payable {
        (bool done,) = address(to).call{value: msg.value}(input);
        require(done);
    }

    function make(Target child) external {
        emit Did(1);
        emit Made(address(child));
    }

    function pair(address target, uint256 amount, string calldata note) external {
        emit Paired(Pair(target, amount), note);
    }

    function twice(uint256 n) external pure returns (uint256) {
        return n * 2;
    }

    function totalOf(address target) external view returns (uint256) {
        return Target(payable(target)).total();
    }

    function never(uint256) external pure returns (uint256) {
        revert("never");
    }

    fallback() external payable {}

    receive() external payable {}
}
