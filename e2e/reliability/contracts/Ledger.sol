// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// Says what it is told to say: what happens is thought out elsewhere, so that it is the same on every chain.
contract Ledger {
    event Transfer(address indexed from, address indexed to, uint256 value);
    event MetadataUpdated(address indexed token, string uri);

    function transfer(address from, address to, uint256 value) external {
        emit Transfer(from, to, value);
    }

    function update(address token, string calldata uri) external {
        emit MetadataUpdated(token, uri);
    }

    /// Several of the above in one transaction.
    function all(bytes[] calldata calls) external {
        for (uint256 i = 0; i < calls.length; i++) {
            (bool isDone,) = address(this).delegatecall(calls[i]);
            require(isDone);
        }
    }
}

contract PlainToken {
    function symbol() external pure returns (string memory) {
        return "PLN";
    }

    function name() external pure returns (string memory) {
        return "Plain";
    }
}

/// Has a symbol that is no data at all.
contract MuteToken {
    function symbol() external pure {}

    function name() external pure returns (string memory) {
        return "Mute";
    }
}

/// Has a NUL in its name.
contract OddToken {
    function symbol() external pure returns (string memory) {
        return "ODD";
    }

    function name() external pure returns (string memory) {
        return "O\x00dd";
    }
}
