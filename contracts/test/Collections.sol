// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC2981} from "@openzeppelin/contracts/interfaces/IERC2981.sol";
import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";

/// @notice Somebody else's collection, which has never heard of royalties.
contract PlainCollection is ERC721("Plain", "PLAIN") {
    function mint(address to, uint256 tokenId) external {
        _mint(to, tokenId);
    }
}

/// @notice Asks for twice the price.
contract GreedyCollection is PlainCollection {
    address private immutable receiver;

    constructor(address receiver_) {
        receiver = receiver_;
    }

    function royaltyInfo(uint256, uint256 price) external view returns (address, uint256) {
        return (receiver, price * 2);
    }

    function supportsInterface(bytes4 id) public view override returns (bool) {
        return id == type(IERC2981).interfaceId || super.supportsInterface(id);
    }
}

/// @notice Says it has royalties, then does not answer.
contract MuteCollection is PlainCollection {
    error NoAnswer();

    function royaltyInfo(uint256, uint256) external pure returns (address, uint256) {
        revert NoAnswer();
    }

    function supportsInterface(bytes4 id) public view override returns (bool) {
        return id == type(IERC2981).interfaceId || super.supportsInterface(id);
    }
}
