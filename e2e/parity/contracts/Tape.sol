// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// What mappings are told to do. Each function emits one event; what it means is the mapping's affair.
contract Tape {
    event Note(string op, int256 n, string text);
    event Mark(uint256 indexed kind, address indexed who, bytes32 indexed key, uint256 value);
    event Words(string op, string[] words, int256[] numbers, bytes data);

    function note(string calldata op, int256 n, string calldata text) external {
        emit Note(op, n, text);
    }

    function mark(uint256 kind, address who, bytes32 key, uint256 value) external {
        emit Mark(kind, who, key, value);
    }

    function words(string calldata op, string[] calldata list, int256[] calldata numbers, bytes calldata data) external {
        emit Words(op, list, numbers, data);
    }

    function twice(string calldata op, int256 n) external {
        emit Note(op, n, "first");
        emit Note(op, n, "second");
    }
}
