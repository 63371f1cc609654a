// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// Makes children, which templates then watch.
contract Nursery {
    event Born(address child, uint256 indexed serial, string name);
    event Seen(uint256 indexed a, address indexed b, bytes32 indexed c, uint256 d);
    event Unnamed(uint256 indexed a, uint256 b) anonymous;

    uint256 public count;
    mapping(uint256 => Child) public children;

    function make(string calldata name, bool isLoud) public {
        count++;
        Child child = new Child(count);
        children[count] = child;
        if (isLoud) child.speak("before its announcement");
        emit Born(address(child), count, name);
        if (isLoud) child.speak("after its announcement");
    }

    function announce(uint256 serial, string calldata name) external {
        emit Born(address(children[serial]), serial, name);
    }

    function speak(uint256 serial, string calldata text) external {
        children[serial].speak(text);
    }

    /// Logs and calls of every kind in one transaction: twice the same call, one that is undone, one that undid it, and one of borrowed code.
    function tumble(uint256 serial, string calldata text) external returns (uint256 told, string memory last) {
        emit Seen(serial, msg.sender, bytes32(0), 1);
        children[serial].speak(text);
        children[serial].speak(text);
        try this.stumble(serial, text) {} catch {}
        (bool isDone,) = address(children[serial]).delegatecall(abi.encodeCall(Child.speak, (text)));
        require(isDone);
        emit Seen(serial, msg.sender, bytes32(0), 2);
        return (serial, text);
    }

    function stumble(uint256 serial, string calldata text) external {
        children[serial].speak(text);
        revert("on purpose");
    }

    function see(uint256 a, address b, bytes32 c, uint256 d) external {
        emit Seen(a, b, c, d);
    }

    function unnamed(uint256 a, uint256 b) external {
        emit Unnamed(a, b);
    }
}

contract Child {
    uint256 public immutable serial;

    event Spoke(uint256 indexed serial, string text);

    constructor(uint256 number) {
        serial = number;
    }

    function speak(string calldata text) external {
        emit Spoke(serial, text);
    }
}
