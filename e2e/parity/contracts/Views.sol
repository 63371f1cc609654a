// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// What mappings can ask a contract in the middle of a block, and every way in which that fails.
contract Views {
    struct Point {
        int256 x;
        int256 y;
    }

    struct Shape {
        string label;
        Point[] points;
        bytes32 key;
    }

    uint256 public stored;
    mapping(uint256 => Shape) private shapes;

    event Asked(string what);
    event Probed(Point at, uint256[] list, address who);

    constructor() payable {}

    receive() external payable {}

    function ask(string calldata what) external payable {
        emit Asked(what);
    }

    function probe(Point calldata at, uint256[] calldata values, address who) external {
        emit Probed(at, values, who);
    }

    function sum(Point calldata at) external pure returns (int256) {
        return at.x + at.y;
    }

    function total(uint256[] calldata values) external pure returns (uint256 all) {
        for (uint256 i = 0; i < values.length; i++) all += values[i];
    }

    /// Takes what has a size of its own.
    function sized(bytes4 tag, uint8 n, int16 i, uint8[2] calldata pair, uint8[] calldata values, Point calldata at)
        external
        pure
        returns (bytes memory)
    {
        return abi.encode(tag, n, i, pair, values, at);
    }

    function set(uint256 value) external {
        stored = value;
    }

    function number(uint256 n) external pure returns (uint256) {
        return n + 1;
    }

    function number(string calldata text) external pure returns (uint256) {
        return bytes(text).length;
    }

    /// Tells how much gas a call is given, in millions.
    function gas() external view returns (uint256) {
        return gasleft() / 1_000_000;
    }

    function many() external pure returns (uint8, int256, bool, address, bytes4, string memory, bytes memory) {
        return (255, -1, true, address(0xbeef), 0x01020304, unicode"ñ", hex"00ff");
    }

    function list(uint256 length) external pure returns (uint256[] memory values) {
        values = new uint256[](length);
        for (uint256 i = 0; i < length; i++) values[i] = i * i;
    }

    function shape(int256 x) external pure returns (Shape memory) {
        Point[] memory points = new Point[](2);
        points[0] = Point(x, -x);
        points[1] = Point(x * 2, 0);
        return Shape("shape", points, bytes32(uint256(7)));
    }

    function fails() external pure returns (uint256) {
        revert("on purpose");
    }

    function asserts() external pure returns (uint256) {
        assert(false);
        return 1;
    }
}

/// Answers everything with the same bytes, whatever its ABI is said to be.
contract Liar {
    fallback() external {
        assembly {
            mstore(0, not(0))
            return(0, 7)
        }
    }
}
