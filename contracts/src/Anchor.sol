// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {Nonces} from "@openzeppelin/contracts/utils/Nonces.sol";

/// @title Anchor
/// @notice Makes off-chain records checkable: whoever holds a record can show that its hash was here by a certain block.
/// @dev Nothing but the nonces is stored. The log is the record, and costs a tenth of a storage slot.
contract Anchor is EIP712, Nonces {
    /// @notice The EIP-712 type that {anchorFor} asks a signature of.
    bytes32 public constant ANCHOR_TYPEHASH =
        keccak256("Anchor(address owner,bytes32 hash,uint256 nonce,uint256 deadline)");

    /// @notice A record was anchored.
    /// @param owner whose record it is
    /// @param hash what was anchored
    /// @param submitter who sent the transaction; the owner, or someone with the owner's signature
    event Anchored(address indexed owner, bytes32 indexed hash, address indexed submitter);

    /// @notice A batch of records was anchored by the root of its Merkle tree.
    /// @param submitter who sent the transaction
    /// @param root the root of the tree
    /// @param count how many leaves it has
    event Committed(address indexed submitter, bytes32 indexed root, uint32 count);

    /// @notice The zero hash stands for "no record", so it cannot be anchored.
    error HashMissing();

    /// @notice A batch without leaves says nothing.
    error BatchEmpty();

    /// @notice The signature was good until an earlier moment.
    /// @param deadline the last second in which it could be used
    error SignatureExpired(uint256 deadline);

    /// @notice The signature is not the owner's, or not of exactly this anchor with the owner's present nonce.
    /// @param owner whose signature was expected
    error SignatureInvalid(address owner);

    constructor() EIP712("Heddle Anchor", "1") {}

    /// @notice Anchors a record of the caller's own.
    /// @param hash not zero; the same one may be anchored again
    function anchor(bytes32 hash) external {
        _anchor(msg.sender, hash);
    }

    /// @notice Anchors a record for someone who signed for it, so that they need no coin.
    /// @param owner whose record it is; a wallet that is a contract answers by ERC-1271
    /// @param hash not zero
    /// @param deadline the last second in which the signature may be used
    /// @param signature of {ANCHOR_TYPEHASH} with the owner's present nonce
    function anchorFor(address owner, bytes32 hash, uint256 deadline, bytes calldata signature) external {
        if (block.timestamp > deadline) revert SignatureExpired(deadline);
        bytes32 digest =
            _hashTypedDataV4(keccak256(abi.encode(ANCHOR_TYPEHASH, owner, hash, _useNonce(owner), deadline)));
        if (!SignatureChecker.isValidSignatureNow(owner, digest, signature)) revert SignatureInvalid(owner);
        _anchor(owner, hash);
    }

    /// @notice Anchors many records at once.
    /// @param root the root of a Merkle tree over their hashes, not zero
    /// @param count how many leaves the tree has, at least 1
    function commit(bytes32 root, uint32 count) external {
        if (root == bytes32(0)) revert HashMissing();
        if (count == 0) revert BatchEmpty();
        emit Committed(msg.sender, root, count);
    }

    function _anchor(address owner, bytes32 hash) private {
        if (hash == bytes32(0)) revert HashMissing();
        emit Anchored(owner, hash, msg.sender);
    }
}
