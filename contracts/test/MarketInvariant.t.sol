// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Collection} from "../src/Collection.sol";
import {Market} from "../src/Market.sol";
import {Patron} from "../src/Patron.sol";
import {Test} from "./Test.sol";

/// @notice Four people who list, buy, bid and give at random. What they try is legal, so that a revert is a finding.
contract MarketHandler is Test {
    uint256 private constant TOKENS = 5;

    Patron public immutable patron;
    Market public immutable market;
    Collection public immutable collection;
    address[6] public people =
        [person("a"), person("b"), person("c"), person("d"), person("creator"), person("house")];

    /// @notice Sales of which the seller had not let the market move the token, or had not asked for that price.
    uint256 public unwanted;
    uint256 public sales;

    mapping(address seller => mapping(uint256 tokenId => uint256)) private asked;

    constructor() {
        vm.warp(1_000);
        patron = new Patron(address(this));
        market = new Market(patron, people[5], 250);
        collection = new Collection(people[4], "Salt Hours", "SALT", "", 500);
        for (uint256 i = 0; i < 4; i++) {
            vm.deal(people[i], 1e30);
            patron.mint(people[i], 1e30);
            vm.startPrank(people[i]);
            patron.approve(address(market), type(uint256).max);
            if (i != 3) collection.setApprovalForAll(address(market), true);
            vm.stopPrank();
        }
        for (uint256 i = 0; i < TOKENS; i++) {
            vm.prank(people[4]);
            collection.mint(people[i % 4], "");
        }
    }

    function list(uint256 token, bool inPatron, uint256 price) external {
        (uint256 tokenId, address owner) = _token(token);
        if (!_mayMove(tokenId, owner)) return;
        price = bound(price, 1, 1e24);
        vm.prank(owner);
        market.list(address(collection), tokenId, inPatron ? address(patron) : address(0), price);
        asked[owner][tokenId] = price;
    }

    function updatePrice(uint256 listing, uint256 price) external {
        (uint256 listingId, address seller, uint256 tokenId,,) = _listing(listing);
        if (listingId == 0) return;
        price = bound(price, 1, 1e24);
        vm.prank(seller);
        market.updatePrice(listingId, price);
        asked[seller][tokenId] = price;
    }

    function cancel(uint256 listing) external {
        (uint256 listingId, address seller,,,) = _listing(listing);
        if (listingId == 0) return;
        vm.prank(seller);
        market.cancel(listingId);
    }

    function buy(uint256 listing, uint256 who) external {
        (uint256 listingId, address seller, uint256 tokenId, address currency, uint256 price) = _listing(listing);
        address buyer = people[who % 4];
        if (listingId == 0 || buyer == seller) return;
        bool wanted = collection.ownerOf(tokenId) == seller && _mayMove(tokenId, seller) && asked[seller][tokenId] == price;
        vm.prank(buyer);
        try market.buy{value: currency == address(0) ? price : 0}(listingId) {
            sales++;
            if (!wanted) unwanted++;
        } catch {
            // Only what was not wanted may fail.
            vm.assertFalse(wanted);
        }
    }

    function makeOffer(uint256 token, uint256 who, uint256 price, uint256 lifetime) external {
        (uint256 tokenId, address owner) = _token(token);
        address maker = people[who % 4];
        if (maker == owner) return;
        vm.prank(maker);
        market.makeOffer(
            address(collection), tokenId, bound(price, 1, 1e24), uint64(block.timestamp + bound(lifetime, 1, 1_000))
        );
    }

    function acceptOffer(uint256 offer) external {
        (uint256 offerId, address maker, uint64 expiresAt, uint256 tokenId) = _offer(offer);
        if (offerId == 0 || block.timestamp >= expiresAt) return;
        address owner = collection.ownerOf(tokenId);
        if (owner == maker) return;
        bool wanted = _mayMove(tokenId, owner);
        vm.prank(owner);
        try market.acceptOffer(offerId) {
            sales++;
            if (!wanted) unwanted++;
        } catch {
            vm.assertFalse(wanted);
        }
    }

    function withdrawOffer(uint256 offer) external {
        (uint256 offerId, address maker,,) = _offer(offer);
        if (offerId == 0) return;
        vm.prank(maker);
        market.withdrawOffer(offerId);
    }

    function withdraw(uint256 who, bool inPatron) external {
        address account = people[who % 6];
        address currency = inPatron ? address(patron) : address(0);
        if (market.proceeds(account, currency) == 0) return;
        vm.prank(account);
        market.withdraw(currency);
    }

    function give(uint256 token, uint256 to) external {
        (uint256 tokenId, address owner) = _token(token);
        vm.prank(owner);
        collection.transferFrom(owner, people[to % 4], tokenId);
    }

    function approve(uint256 who, bool approved) external {
        vm.prank(people[who % 4]);
        collection.setApprovalForAll(address(market), approved);
    }

    function setFee(uint16 feeBps) external {
        market.setFee(uint16(bound(feeBps, 0, 1_000)), people[5]);
    }

    function pass(uint256 time) external {
        vm.warp(block.timestamp + bound(time, 1, 500));
    }

    /// @notice All that the market owes in a currency: proceeds, and for Patron the open offers.
    function owed(address currency) external view returns (uint256 sum) {
        for (uint256 i = 0; i < 6; i++) sum += market.proceeds(people[i], currency);
        if (currency == address(0)) return sum;
        for (uint256 id = 1; id <= market.offerCount(); id++) {
            (,,,, uint256 price) = market.offers(id);
            sum += price;
        }
    }

    /// @notice How many listings are in storage, and how many tokens point to one of their own.
    function listed() external view returns (uint256 stored, uint256 pointed) {
        for (uint256 id = 1; id <= market.listingCount(); id++) {
            (address seller,,,,) = market.listings(id);
            if (seller != address(0)) stored++;
        }
        for (uint256 tokenId = 1; tokenId <= TOKENS; tokenId++) {
            (,, uint256 listedId,,) = market.listings(market.activeListing(address(collection), tokenId));
            if (listedId == tokenId) pointed++;
        }
    }

    function _token(uint256 any) private view returns (uint256 tokenId, address owner) {
        tokenId = 1 + any % TOKENS;
        owner = collection.ownerOf(tokenId);
    }

    function _listing(uint256 any)
        private
        view
        returns (uint256 listingId, address seller, uint256 tokenId, address currency, uint256 price)
    {
        listingId = market.activeListing(address(collection), 1 + any % TOKENS);
        (seller,, tokenId, currency, price) = market.listings(listingId);
    }

    function _offer(uint256 any) private view returns (uint256 offerId, address maker, uint64 expiresAt, uint256 tokenId) {
        uint256 count = market.offerCount();
        if (count == 0) return (0, address(0), 0, 0);
        offerId = 1 + any % count;
        (maker, expiresAt,, tokenId,) = market.offers(offerId);
        if (maker == address(0)) offerId = 0;
    }

    function _mayMove(uint256 tokenId, address owner) private view returns (bool) {
        return collection.getApproved(tokenId) == address(market) || collection.isApprovedForAll(owner, address(market));
    }
}

contract MarketInvariantTest is Test {
    MarketHandler private handler;

    function setUp() public {
        handler = new MarketHandler();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function invariant_holdsExactlyTheCoinsItOwes() public view {
        vm.assertEq(address(handler.market()).balance, handler.owed(address(0)));
    }

    function invariant_holdsExactlyThePatronItOwes() public view {
        address patron = address(handler.patron());
        vm.assertEq(handler.patron().balanceOf(address(handler.market())), handler.owed(patron));
    }

    function invariant_sellsNothingWithoutItsSellersConsent() public view {
        vm.assertEq(handler.unwanted(), 0);
    }

    function invariant_hasOneListingAtMostForAToken() public view {
        (uint256 stored, uint256 pointed) = handler.listed();
        vm.assertEq(stored, pointed);
    }
}
