// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// Says what it is told, whatever its ABI is taken to be: answers of any bytes, and logs of any topics and data.
contract Parrot {
    fallback(bytes calldata input) external returns (bytes memory) {
        return abi.decode(input[4:], (bytes));
    }

    function shout(bytes32[] calldata topics, bytes memory data) external {
        uint256 count = topics.length;
        bytes32[] memory t = new bytes32[](4);
        for (uint256 i = 0; i < count; i++) t[i] = topics[i];
        (bytes32 a, bytes32 b, bytes32 c, bytes32 d) = (t[0], t[1], t[2], t[3]);
        assembly {
            let start := add(data, 32)
            let size := mload(data)
            switch count
            case 0 { log0(start, size) }
            case 1 { log1(start, size, a) }
            case 2 { log2(start, size, a, b) }
            case 3 { log3(start, size, a, b, c) }
            default { log4(start, size, a, b, c, d) }
        }
    }
}

/// What a parrot is taken for.
interface Lies {
    struct Point {
        int256 x;
        uint8 y;
    }

    event Said(bool a, uint8 indexed b, address indexed c);
    event Told(string a, bytes b, uint256[] c);

    function asBool(bytes calldata answer) external returns (bool);
    function asUint8(bytes calldata answer) external returns (uint8);
    function asInt8(bytes calldata answer) external returns (int8);
    function asUint256(bytes calldata answer) external returns (uint256);
    function asAddress(bytes calldata answer) external returns (address);
    function asBytes4(bytes calldata answer) external returns (bytes4);
    function asBytes32(bytes calldata answer) external returns (bytes32);
    function asBytes(bytes calldata answer) external returns (bytes memory);
    function asString(bytes calldata answer) external returns (string memory);
    function asList(bytes calldata answer) external returns (uint256[] memory);
    function asPair(bytes calldata answer) external returns (uint256[2] memory);
    function asTexts(bytes calldata answer) external returns (string[] memory);
    function asPoint(bytes calldata answer) external returns (Point memory);
    function asPoints(bytes calldata answer) external returns (Point[] memory);
    function asTwo(bytes calldata answer) external returns (string memory, uint256);
    function asNothing(bytes calldata answer) external;
}
