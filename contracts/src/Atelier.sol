// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Collection} from "./Collection.sol";

/// @title Atelier
/// @notice Where creators open collections: each call deploys one {Collection} that belongs to its caller.
/// @dev It keeps no list. Its events are the list, and an indexer is how one reads it.
contract Atelier {
    /// @notice A collection was opened. Carries everything its constructor was given, so that replay needs nothing else.
    /// @param collection the address of the new contract
    /// @param creator who opened it: its first owner and first receiver of royalties
    /// @param name the name of the collection
    /// @param symbol its short name
    /// @param contentURI where its description is kept
    /// @param royaltyBps the creator's share of each later sale, in hundredths of a percent
    event CollectionCreated(
        address indexed collection,
        address indexed creator,
        string name,
        string symbol,
        string contentURI,
        uint96 royaltyBps
    );

    /// @notice Opens a collection for the caller.
    /// @param name not empty
    /// @param symbol not empty
    /// @param contentURI where the collection's description is kept; may be empty
    /// @param royaltyBps at most {Collection-MAX_ROYALTY_BPS}
    /// @return collection the address of the new contract
    function createCollection(
        string calldata name,
        string calldata symbol,
        string calldata contentURI,
        uint96 royaltyBps
    ) external returns (address collection) {
        collection = address(new Collection(msg.sender, name, symbol, contentURI, royaltyBps));
        emit CollectionCreated(collection, msg.sender, name, symbol, contentURI, royaltyBps);
    }
}
