// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {Errors} from "@openzeppelin/contracts/utils/Errors.sol";
import {ReentrancyGuard} from "@openzeppelin/contracts/utils/ReentrancyGuard.sol";
import {Collection} from "../src/Collection.sol";
import {Market} from "../src/Market.sol";
import {Patron} from "../src/Patron.sol";
import {GreedyCollection, MuteCollection, PlainCollection} from "./Collections.sol";
import {Hoarder, ReentrantBuyer, ReentrantSeller} from "./Visitors.sol";
import {Test} from "./Test.sol";

/// @notice Alice owns token 1 of a collection that asks for 5 %; Bob and Carol have money; the market takes 2.5 %.
contract MarketTest is Test {
    address private constant NATIVE = address(0);

    address private house = person("house");
    address private creator = person("creator");
    address private alice = person("alice");
    address private bob = person("bob");
    address private carol = person("carol");

    Patron private patron;
    Market private market;
    Collection private collection;

    function setUp() public {
        vm.warp(1_000);
        patron = new Patron(address(this));
        market = new Market(patron, house, 250);
        collection = new Collection(creator, "Salt Hours", "SALT", "", 500);
        vm.prank(creator);
        collection.mint(alice, "ipfs://1");
        vm.prank(alice);
        collection.setApprovalForAll(address(market), true);
        _fund(bob);
        _fund(carol);
    }

    // Listings

    function test_listsATokenThatStaysWithItsSeller() public {
        vm.expectEmit(address(market));
        emit Market.Listed(1, alice, address(collection), 1, NATIVE, 1 ether);
        vm.assertEq(_list(NATIVE, 1 ether), 1);
        vm.assertEq(collection.ownerOf(1), alice);
        vm.assertEq(market.activeListing(address(collection), 1), 1);
    }

    function test_cancelsTheOlderListingOfATokenFirst() public {
        _list(NATIVE, 1 ether);
        vm.expectEmit(address(market));
        emit Market.ListingCancelled(1);
        vm.expectEmit(address(market));
        emit Market.Listed(2, alice, address(collection), 1, address(patron), 5 ether);
        _list(address(patron), 5 ether);

        vm.assertEq(market.activeListing(address(collection), 1), 2);
        vm.prank(bob);
        vm.expectRevert(abi.encodeWithSelector(Market.ListingNotActive.selector, 1));
        market.buy{value: 1 ether}(1);
    }

    function test_listsForTheTokensOwnerOnly() public {
        vm.prank(bob);
        vm.expectRevert(abi.encodeWithSelector(Market.NotTokenOwner.selector, bob));
        market.list(address(collection), 1, NATIVE, 1 ether);
    }

    function test_listsOnlyWhatItMayMove() public {
        vm.startPrank(alice);
        collection.setApprovalForAll(address(market), false);
        vm.expectRevert(Market.MarketNotApproved.selector);
        market.list(address(collection), 1, NATIVE, 1 ether);
        collection.approve(address(market), 1);
        market.list(address(collection), 1, NATIVE, 1 ether);
        vm.stopPrank();
    }

    function testFuzz_knowsTwoCurrenciesOnly(address currency) public {
        vm.assume(currency != NATIVE && currency != address(patron));
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(Market.CurrencyUnknown.selector, currency));
        market.list(address(collection), 1, currency, 1 ether);
    }

    function testFuzz_keepsPricesInRange(uint256 price) public {
        price = price % 2 == 0 ? 0 : bound(price, uint256(type(uint128).max) + 1, type(uint256).max);
        bytes memory refusal = abi.encodeWithSelector(Market.PriceOutOfRange.selector, price);
        _list(NATIVE, 1 ether);
        vm.startPrank(alice);
        vm.expectRevert(refusal);
        market.list(address(collection), 1, NATIVE, price);
        vm.expectRevert(refusal);
        market.updatePrice(1, price);
        vm.stopPrank();
        vm.prank(bob);
        vm.expectRevert(refusal);
        market.makeOffer(address(collection), 1, price, 2_000);
    }

    function test_sellsAtTheUpdatedPrice() public {
        _list(NATIVE, 1 ether);
        vm.expectEmit(address(market));
        emit Market.PriceUpdated(1, 2 ether);
        vm.prank(alice);
        market.updatePrice(1, 2 ether);

        vm.prank(bob);
        vm.expectRevert(abi.encodeWithSelector(Market.WrongValue.selector, 2 ether, 1 ether));
        market.buy{value: 1 ether}(1);
        _buy(bob, 1, 2 ether);
        vm.assertEq(collection.ownerOf(1), bob);
    }

    function test_letsOnlyTheSellerChangeOrEndAListing() public {
        _list(NATIVE, 1 ether);
        vm.startPrank(bob);
        vm.expectRevert(abi.encodeWithSelector(Market.NotMaker.selector, bob));
        market.updatePrice(1, 1);
        vm.expectRevert(abi.encodeWithSelector(Market.NotMaker.selector, bob));
        market.cancel(1);
        vm.stopPrank();
    }

    function test_endsACancelledListingForGood() public {
        _list(NATIVE, 1 ether);
        vm.expectEmit(address(market));
        emit Market.ListingCancelled(1);
        vm.prank(alice);
        market.cancel(1);

        bytes memory refusal = abi.encodeWithSelector(Market.ListingNotActive.selector, 1);
        vm.assertEq(market.activeListing(address(collection), 1), 0);
        vm.startPrank(alice);
        vm.expectRevert(refusal);
        market.cancel(1);
        vm.expectRevert(refusal);
        market.updatePrice(1, 1);
        vm.stopPrank();
        vm.prank(bob);
        vm.expectRevert(refusal);
        market.buy{value: 1 ether}(1);
    }

    function test_doesNotSellWhatTheSellerGaveAway() public {
        _list(NATIVE, 1 ether);
        vm.prank(alice);
        collection.transferFrom(alice, carol, 1);
        vm.prank(carol);
        collection.setApprovalForAll(address(market), true);
        vm.prank(bob);
        vm.expectRevert(abi.encodeWithSelector(Market.ListingStale.selector, 1));
        market.buy{value: 1 ether}(1);

        vm.prank(bob);
        market.cancel(1);
        vm.assertEq(market.activeListing(address(collection), 1), 0);
    }

    function test_doesNotSellOnceTheApprovalIsTakenBack() public {
        _list(NATIVE, 1 ether);
        vm.prank(alice);
        collection.setApprovalForAll(address(market), false);
        (bool bought,) = _tryBuy(bob, 1, 1 ether);
        vm.assertFalse(bought);
        vm.assertEq(collection.ownerOf(1), alice);
        vm.assertEq(market.proceeds(alice, NATIVE), 0);
    }

    // Sales

    function test_dividesANativePrice() public {
        _list(NATIVE, 1 ether);
        vm.expectEmit(address(market));
        emit Market.Sold(
            alice, bob, address(collection), 1, 1, 0, NATIVE, 1 ether, 0.025 ether, creator, 0.05 ether
        );
        _buy(bob, 1, 1 ether);

        vm.assertEq(collection.ownerOf(1), bob);
        vm.assertEq(market.proceeds(house, NATIVE), 0.025 ether);
        vm.assertEq(market.proceeds(creator, NATIVE), 0.05 ether);
        vm.assertEq(market.proceeds(alice, NATIVE), 0.925 ether);
        vm.assertEq(address(market).balance, 1 ether);
        vm.assertEq(market.activeListing(address(collection), 1), 0);
    }

    function test_dividesAPriceInPatron() public {
        _list(address(patron), 100 ether);
        _buy(bob, 1, 0);
        vm.assertEq(collection.ownerOf(1), bob);
        vm.assertEq(patron.balanceOf(bob), 900 ether);
        vm.assertEq(patron.balanceOf(address(market)), 100 ether);
        vm.assertEq(market.proceeds(house, address(patron)), 2.5 ether);
        vm.assertEq(market.proceeds(creator, address(patron)), 5 ether);
        vm.assertEq(market.proceeds(alice, address(patron)), 92.5 ether);
    }

    function testFuzz_dividesEveryPriceToTheUnit(uint128 price, uint16 feeBps, uint96 royaltyBps) public {
        price = uint128(bound(price, 1, type(uint128).max));
        feeBps = uint16(bound(feeBps, 0, market.MAX_FEE_BPS()));
        royaltyBps = uint96(bound(royaltyBps, 0, collection.MAX_ROYALTY_BPS()));
        market.setFee(feeBps, house);
        vm.prank(creator);
        collection.setRoyalty(creator, royaltyBps);
        vm.deal(bob, price);
        _list(NATIVE, price);
        _buy(bob, 1, price);

        vm.assertEq(market.proceeds(house, NATIVE), uint256(price) * feeBps / 10_000);
        vm.assertEq(market.proceeds(creator, NATIVE), uint256(price) * royaltyBps / 10_000);
        vm.assertEq(
            market.proceeds(house, NATIVE) + market.proceeds(creator, NATIVE) + market.proceeds(alice, NATIVE), price
        );
    }

    function testFuzz_takesTheExactPriceOnly(uint96 value) public {
        vm.assume(value != 1 ether);
        _list(NATIVE, 1 ether);
        vm.deal(bob, value);
        vm.prank(bob);
        vm.expectRevert(abi.encodeWithSelector(Market.WrongValue.selector, 1 ether, value));
        market.buy{value: value}(1);
    }

    function test_takesNoCoinsForAPriceInPatron() public {
        _list(address(patron), 1 ether);
        vm.prank(bob);
        vm.expectRevert(abi.encodeWithSelector(Market.WrongValue.selector, 0, 1 ether));
        market.buy{value: 1 ether}(1);
    }

    function test_sellsNobodyTheirOwnToken() public {
        _list(NATIVE, 1 ether);
        vm.deal(alice, 1 ether);
        vm.prank(alice);
        vm.expectRevert(Market.OwnToken.selector);
        market.buy{value: 1 ether}(1);
    }

    function test_paysNoMoreRoyaltyThanTheFeeLeaves() public {
        _sellFrom(new GreedyCollection(creator));
        vm.assertEq(market.proceeds(house, NATIVE), 0.025 ether);
        vm.assertEq(market.proceeds(creator, NATIVE), 0.975 ether);
        vm.assertEq(market.proceeds(alice, NATIVE), 0);
    }

    function test_paysNoRoyaltyToACollectionThatCannotSay() public {
        _sellFrom(new MuteCollection());
        vm.assertEq(market.proceeds(alice, NATIVE), 0.975 ether);
    }

    function test_paysNoRoyaltyToACollectionThatAsksForNone() public {
        _sellFrom(new PlainCollection());
        vm.assertEq(market.proceeds(alice, NATIVE), 0.975 ether);
    }

    // Offers

    function test_holdsThePriceOfAnOffer() public {
        vm.expectEmit(address(market));
        emit Market.OfferMade(1, bob, address(collection), 1, 10 ether, 2_000);
        vm.assertEq(_offer(bob, 10 ether, 2_000), 1);
        vm.assertEq(patron.balanceOf(bob), 990 ether);
        vm.assertEq(patron.balanceOf(address(market)), 10 ether);
    }

    function test_sellsToTheMakerOfAnAcceptedOffer() public {
        _list(NATIVE, 1 ether);
        _offer(bob, 10 ether, 2_000);
        vm.expectEmit(address(market));
        emit Market.OfferAccepted(1, alice);
        vm.expectEmit(address(market));
        emit Market.Sold(
            alice, bob, address(collection), 1, 0, 1, address(patron), 10 ether, 0.25 ether, creator, 0.5 ether
        );
        vm.prank(alice);
        market.acceptOffer(1);

        vm.assertEq(collection.ownerOf(1), bob);
        vm.assertEq(market.proceeds(alice, address(patron)), 9.25 ether);
        vm.assertEq(market.activeListing(address(collection), 1), 0);
        vm.prank(carol);
        vm.expectRevert(abi.encodeWithSelector(Market.ListingNotActive.selector, 1));
        market.buy{value: 1 ether}(1);
        vm.prank(bob);
        vm.expectRevert(abi.encodeWithSelector(Market.OfferNotOpen.selector, 1));
        market.withdrawOffer(1);
    }

    function testFuzz_acceptsAnOfferUntilItExpires(uint64 expiresAt, uint64 now_) public {
        expiresAt = uint64(bound(expiresAt, block.timestamp + 1, type(uint64).max));
        now_ = uint64(bound(now_, block.timestamp, type(uint64).max));
        _offer(bob, 10 ether, expiresAt);
        vm.warp(now_);
        vm.prank(alice);
        if (now_ >= expiresAt) vm.expectRevert(abi.encodeWithSelector(Market.OfferExpired.selector, expiresAt));
        market.acceptOffer(1);
        vm.assertEq(collection.ownerOf(1), now_ < expiresAt ? bob : alice);
    }

    function testFuzz_makesNoOfferForThePast(uint64 expiresAt) public {
        expiresAt = uint64(bound(expiresAt, 0, block.timestamp));
        vm.prank(bob);
        vm.expectRevert(abi.encodeWithSelector(Market.OfferExpired.selector, expiresAt));
        market.makeOffer(address(collection), 1, 1 ether, expiresAt);
    }

    function test_acceptsForTheTokensOwnerOnly() public {
        _offer(bob, 10 ether, 2_000);
        vm.prank(carol);
        vm.expectRevert(abi.encodeWithSelector(Market.NotTokenOwner.selector, carol));
        market.acceptOffer(1);
    }

    function test_acceptsNoOfferOfOnesOwn() public {
        _offer(bob, 10 ether, 2_000);
        vm.prank(alice);
        collection.transferFrom(alice, bob, 1);
        vm.startPrank(bob);
        collection.setApprovalForAll(address(market), true);
        vm.expectRevert(Market.OwnToken.selector);
        market.acceptOffer(1);
        vm.expectRevert(Market.OwnToken.selector);
        market.makeOffer(address(collection), 1, 1 ether, 2_000);
        vm.stopPrank();
    }

    function testFuzz_givesAnOfferBackWheneverItsMakerAsks(uint64 now_) public {
        _offer(bob, 10 ether, 2_000);
        vm.warp(bound(now_, 1_000, type(uint64).max));
        vm.prank(carol);
        vm.expectRevert(abi.encodeWithSelector(Market.NotMaker.selector, carol));
        market.withdrawOffer(1);

        vm.expectEmit(address(market));
        emit Market.OfferWithdrawn(1);
        vm.prank(bob);
        market.withdrawOffer(1);
        vm.assertEq(patron.balanceOf(bob), 1_000 ether);

        bytes memory refusal = abi.encodeWithSelector(Market.OfferNotOpen.selector, 1);
        vm.prank(bob);
        vm.expectRevert(refusal);
        market.withdrawOffer(1);
        vm.prank(alice);
        vm.expectRevert(refusal);
        market.acceptOffer(1);
    }

    // Money

    function test_paysWhatItOwesOnce() public {
        _list(NATIVE, 1 ether);
        _buy(bob, 1, 1 ether);
        vm.expectEmit(address(market));
        emit Market.ProceedsWithdrawn(alice, NATIVE, 0.925 ether);
        vm.prank(alice);
        market.withdraw(NATIVE);
        vm.assertEq(alice.balance, 0.925 ether);
        vm.prank(alice);
        vm.expectRevert(Market.NothingToWithdraw.selector);
        market.withdraw(NATIVE);
    }

    function test_paysEachCurrencyByItself() public {
        _list(address(patron), 100 ether);
        _buy(bob, 1, 0);
        vm.startPrank(alice);
        vm.expectRevert(Market.NothingToWithdraw.selector);
        market.withdraw(NATIVE);
        market.withdraw(address(patron));
        vm.stopPrank();
        vm.assertEq(patron.balanceOf(alice), 92.5 ether);
    }

    function test_isNotHeldUpByAReceiverThatTakesNoCoins() public {
        Hoarder hoarder = new Hoarder();
        vm.prank(creator);
        collection.setRoyalty(address(hoarder), 500);
        _list(NATIVE, 1 ether);
        _buy(bob, 1, 1 ether);

        vm.expectRevert(Errors.FailedCall.selector);
        hoarder.withdraw(market, NATIVE);
        vm.assertEq(market.proceeds(address(hoarder), NATIVE), 0.05 ether);
        vm.prank(alice);
        market.withdraw(NATIVE);
        vm.assertEq(alice.balance, 0.925 ether);
    }

    function testFuzz_takesTheFeeItsOwnerSets(uint16 feeBps, address recipient) public {
        vm.assume(recipient != address(0));
        feeBps = uint16(bound(feeBps, 0, market.MAX_FEE_BPS()));
        vm.expectEmit(address(market));
        emit Market.FeeUpdated(feeBps, recipient);
        market.setFee(feeBps, recipient);
        vm.assertEq(market.feeBps(), feeBps);
        vm.assertEq(market.feeRecipient(), recipient);
    }

    function testFuzz_takesNoHigherFeeAndNobodyElses(uint16 feeBps, address stranger) public {
        vm.assume(stranger != address(this));
        feeBps = uint16(bound(feeBps, market.MAX_FEE_BPS() + 1, type(uint16).max));
        vm.expectRevert(abi.encodeWithSelector(Market.FeeTooHigh.selector, feeBps));
        market.setFee(feeBps, house);
        vm.expectRevert(Market.FeeRecipientMissing.selector);
        market.setFee(0, address(0));
        vm.prank(stranger);
        vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, stranger));
        market.setFee(0, stranger);
    }

    // Reentrancy

    function test_doesNotLetABuyerInTwice() public {
        vm.prank(creator);
        collection.mint(alice, "ipfs://2");
        vm.prank(alice);
        market.list(address(collection), 2, NATIVE, 1 ether);
        _list(NATIVE, 1 ether);
        ReentrantBuyer buyer = new ReentrantBuyer(market);
        vm.deal(address(buyer), 2 ether);
        buyer.buy(1, 2);
        vm.assertEq(collection.ownerOf(2), address(buyer));
        vm.assertEq(collection.ownerOf(1), alice);
        vm.assertEq(buyer.refusal(), ReentrancyGuard.ReentrancyGuardReentrantCall.selector);
    }

    function test_doesNotPayASellerTwice() public {
        ReentrantSeller seller = new ReentrantSeller(market);
        vm.prank(alice);
        collection.transferFrom(alice, address(seller), 1);
        seller.list(collection, 1, 1 ether);
        _buy(bob, 1, 1 ether);
        // Somebody else's coins are there to be stolen.
        vm.prank(creator);
        collection.mint(alice, "ipfs://2");
        vm.prank(alice);
        market.list(address(collection), 2, NATIVE, 5 ether);
        _buy(carol, 2, 5 ether);

        seller.withdraw();
        vm.assertEq(address(seller).balance, 0.925 ether);
        vm.assertEq(seller.refusal(), ReentrancyGuard.ReentrancyGuardReentrantCall.selector);
    }

    // Hands

    function _fund(address account) private {
        vm.deal(account, 100 ether);
        patron.mint(account, 1_000 ether);
        vm.prank(account);
        patron.approve(address(market), type(uint256).max);
    }

    function _list(address currency, uint256 price) private returns (uint256) {
        vm.prank(alice);
        return market.list(address(collection), 1, currency, price);
    }

    function _buy(address buyer, uint256 listingId, uint256 value) private {
        vm.prank(buyer);
        market.buy{value: value}(listingId);
    }

    function _tryBuy(address buyer, uint256 listingId, uint256 value) private returns (bool, bytes memory) {
        vm.prank(buyer);
        return address(market).call{value: value}(abi.encodeCall(Market.buy, (listingId)));
    }

    function _offer(address maker, uint256 price, uint64 expiresAt) private returns (uint256) {
        vm.prank(maker);
        return market.makeOffer(address(collection), 1, price, expiresAt);
    }

    function _sellFrom(PlainCollection other) private {
        other.mint(alice, 1);
        vm.startPrank(alice);
        other.setApprovalForAll(address(market), true);
        market.list(address(other), 1, NATIVE, 1 ether);
        vm.stopPrank();
        _buy(bob, 1, 1 ether);
    }
}
