// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {IERC721Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IERC4906} from "@openzeppelin/contracts/interfaces/IERC4906.sol";
import {IERC2981} from "@openzeppelin/contracts/interfaces/IERC2981.sol";
import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {IERC721Receiver} from "@openzeppelin/contracts/token/ERC721/IERC721Receiver.sol";
import {Collection} from "../src/Collection.sol";
import {Test} from "./Test.sol";

contract CollectionTest is Test {
    address private creator = person("creator");
    address private owner = person("owner");
    Collection private collection;

    function setUp() public {
        collection = new Collection(creator, "Salt Hours", "SALT", "ipfs://about", 500);
    }

    function test_startsWithTheTermsItWasGiven() public view {
        vm.assertEq(collection.name(), "Salt Hours");
        vm.assertEq(collection.symbol(), "SALT");
        vm.assertEq(collection.contentURI(), "ipfs://about");
        vm.assertEq(collection.creator(), creator);
        vm.assertEq(collection.owner(), creator);
        (address receiver, uint256 royalty) = collection.royaltyInfo(1, 10_000);
        vm.assertEq(receiver, creator);
        vm.assertEq(royalty, 500);
    }

    function test_refusesToStartWithoutANameOrASymbol() public {
        vm.expectRevert(Collection.NameMissing.selector);
        new Collection(creator, "", "SALT", "", 0);
        vm.expectRevert(Collection.NameMissing.selector);
        new Collection(creator, "Salt Hours", "", "", 0);
    }

    function test_countsTokensFromOneAndTellsWhereTheyAreDescribed() public {
        vm.expectEmit(address(collection));
        emit IERC721.Transfer(address(0), owner, 1);
        vm.expectEmit(address(collection));
        emit Collection.TokenMinted(1, owner, "ipfs://1");
        vm.prank(creator);
        vm.assertEq(collection.mint(owner, "ipfs://1"), 1);
        vm.prank(creator);
        vm.assertEq(collection.mint(creator, "ipfs://2"), 2);

        vm.assertEq(collection.ownerOf(1), owner);
        vm.assertEq(collection.ownerOf(2), creator);
        vm.assertEq(collection.tokenURI(1), "ipfs://1");
        vm.assertEq(collection.tokenURI(2), "ipfs://2");
        vm.assertEq(collection.totalMinted(), 2);
    }

    function test_mintsForContractsThatTakeTokensOnly() public {
        vm.prank(creator);
        vm.expectRevert(abi.encodeWithSelector(IERC721Errors.ERC721InvalidReceiver.selector, address(this)));
        collection.mint(address(this), "ipfs://1");

        Receiver receiver = new Receiver();
        vm.prank(creator);
        collection.mint(address(receiver), "ipfs://1");
        vm.assertEq(receiver.received(), 1);
    }

    function test_movesATokensMetadata() public {
        _mint();
        vm.expectEmit(address(collection));
        emit IERC4906.MetadataUpdate(1);
        vm.prank(creator);
        collection.setTokenURI(1, "ipfs://moved");
        vm.assertEq(collection.tokenURI(1), "ipfs://moved");
    }

    function test_hasNoMetadataForTokensThatDoNotExist() public {
        vm.expectRevert(abi.encodeWithSelector(IERC721Errors.ERC721NonexistentToken.selector, 1));
        collection.tokenURI(1);
        vm.prank(creator);
        vm.expectRevert(abi.encodeWithSelector(IERC721Errors.ERC721NonexistentToken.selector, 1));
        collection.setTokenURI(1, "ipfs://moved");
    }

    function test_movesItsOwnDescription() public {
        vm.expectEmit(address(collection));
        emit Collection.ContentURIUpdated("ipfs://elsewhere");
        vm.prank(creator);
        collection.setContentURI("ipfs://elsewhere");
        vm.assertEq(collection.contentURI(), "ipfs://elsewhere");
    }

    function testFuzz_asksForRoyaltiesUpToHalfThePrice(uint96 bps, uint128 price) public {
        bps = uint96(bound(bps, 0, collection.MAX_ROYALTY_BPS()));
        vm.expectEmit(address(collection));
        emit Collection.RoyaltyUpdated(owner, bps);
        vm.prank(creator);
        collection.setRoyalty(owner, bps);
        (address receiver, uint256 royalty) = collection.royaltyInfo(1, price);
        vm.assertEq(receiver, owner);
        vm.assertEq(royalty, uint256(price) * bps / 10_000);
    }

    function testFuzz_asksForNoMore(uint96 bps) public {
        bps = uint96(bound(bps, collection.MAX_ROYALTY_BPS() + 1, type(uint96).max));
        vm.expectRevert(abi.encodeWithSelector(Collection.RoyaltyTooHigh.selector, bps));
        new Collection(creator, "Salt Hours", "SALT", "", bps);
        vm.prank(creator);
        vm.expectRevert(abi.encodeWithSelector(Collection.RoyaltyTooHigh.selector, bps));
        collection.setRoyalty(creator, bps);
    }

    function testFuzz_obeysItsOwnerOnly(address stranger) public {
        vm.assume(stranger != creator);
        _mint();
        bytes memory refusal = abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, stranger);
        vm.startPrank(stranger);
        vm.expectRevert(refusal);
        collection.mint(stranger, "");
        vm.expectRevert(refusal);
        collection.setTokenURI(1, "");
        vm.expectRevert(refusal);
        collection.setContentURI("");
        vm.expectRevert(refusal);
        collection.setRoyalty(stranger, 0);
        vm.stopPrank();
    }

    function test_keepsItsCreatorWhenItIsHandedOn() public {
        vm.prank(creator);
        collection.transferOwnership(owner);
        vm.assertEq(collection.creator(), creator);
        vm.prank(owner);
        collection.mint(owner, "");
        vm.assertEq(collection.ownerOf(1), owner);
    }

    function test_saysWhichStandardsItSpeaks() public view {
        vm.assertTrue(collection.supportsInterface(type(IERC721).interfaceId));
        vm.assertTrue(collection.supportsInterface(type(IERC2981).interfaceId));
        vm.assertTrue(collection.supportsInterface(0x49064906));
        vm.assertFalse(collection.supportsInterface(0xffffffff));
    }

    function _mint() private {
        vm.prank(creator);
        collection.mint(owner, "ipfs://1");
    }
}

/// @notice A contract that takes tokens.
contract Receiver is IERC721Receiver {
    uint256 public received;

    function onERC721Received(address, address, uint256 tokenId, bytes calldata) external returns (bytes4) {
        received = tokenId;
        return IERC721Receiver.onERC721Received.selector;
    }
}

/// @notice Mints and moves tokens at random.
contract CollectionHandler is Test {
    Collection public immutable collection;
    address[3] public people = [person("a"), person("b"), person("c")];

    constructor() {
        collection = new Collection(address(this), "Salt Hours", "SALT", "", 500);
    }

    function mint(uint256 to) external {
        collection.mint(people[to % 3], "ipfs://any");
    }

    function give(uint256 tokenId, uint256 to) external {
        uint256 minted = collection.totalMinted();
        if (minted == 0) return;
        tokenId = bound(tokenId, 1, minted);
        address owner = collection.ownerOf(tokenId);
        vm.prank(owner);
        collection.transferFrom(owner, people[to % 3], tokenId);
    }
}

contract CollectionInvariantTest is Test {
    CollectionHandler private handler;

    function setUp() public {
        handler = new CollectionHandler();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function invariant_everyTokenHasOneOwner() public view {
        Collection collection = handler.collection();
        uint256 held;
        for (uint256 i = 0; i < 3; i++) held += collection.balanceOf(handler.people(i));
        vm.assertEq(held, collection.totalMinted());
        for (uint256 id = 1; id <= collection.totalMinted(); id++) vm.assertTrue(collection.ownerOf(id) != address(0));
    }
}
