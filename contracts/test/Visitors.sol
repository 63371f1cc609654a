// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC721Receiver} from "@openzeppelin/contracts/token/ERC721/IERC721Receiver.sol";
import {Collection} from "../src/Collection.sol";
import {Market} from "../src/Market.sol";

/// @notice Is owed coins, and takes none.
contract Hoarder {
    function withdraw(Market market, address currency) external {
        market.withdraw(currency);
    }
}

/// @notice Buys a second token while it is being handed the first one.
contract ReentrantBuyer is IERC721Receiver {
    Market private immutable market;
    uint256 private second;
    bytes4 public refusal;

    constructor(Market market_) {
        market = market_;
    }

    function buy(uint256 first, uint256 second_) external {
        second = second_;
        market.buy{value: 1 ether}(first);
    }

    function onERC721Received(address, address, uint256, bytes calldata) external returns (bytes4) {
        try market.buy{value: 1 ether}(second) {}
        catch (bytes memory reason) {
            refusal = bytes4(reason);
        }
        return IERC721Receiver.onERC721Received.selector;
    }
}

/// @notice Withdraws again while it is being paid.
contract ReentrantSeller {
    Market private immutable market;
    bytes4 public refusal;

    constructor(Market market_) {
        market = market_;
    }

    receive() external payable {
        try market.withdraw(address(0)) {}
        catch (bytes memory reason) {
            refusal = bytes4(reason);
        }
    }

    function list(Collection collection, uint256 tokenId, uint256 price) external {
        collection.approve(address(market), tokenId);
        market.list(address(collection), tokenId, address(0), price);
    }

    function withdraw() external {
        market.withdraw(address(0));
    }
}
