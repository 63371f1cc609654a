// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {IERC2981} from "@openzeppelin/contracts/interfaces/IERC2981.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {ERC165Checker} from "@openzeppelin/contracts/utils/introspection/ERC165Checker.sol";
import {ReentrancyGuard} from "@openzeppelin/contracts/utils/ReentrancyGuard.sol";
import {Patron} from "./Patron.sol";

/// @title Market
/// @notice Fixed-price listings in the native coin or in {Patron}, and offers in Patron.
/// @dev What it holds is owed, to the unit: native balance = native proceeds; Patron balance = Patron proceeds + open
/// offers. Tokens stay with their sellers, who approve the market. Nobody is paid but by their own {withdraw}, so that
/// no receiver can block a sale. Every function that moves value first writes, then calls out, under one guard.
contract Market is Ownable, ReentrancyGuard {
    using SafeERC20 for Patron;

    /// @notice A token for sale. Gone from storage once it ended.
    struct Listing {
        address seller;
        address collection;
        uint256 tokenId;
        address currency;
        uint256 price;
    }

    /// @notice A bid on a token; its price is held here in Patron. Gone from storage once it ended.
    struct Offer {
        address maker;
        uint64 expiresAt;
        address collection;
        uint256 tokenId;
        uint256 price;
    }

    /// @notice The highest fee the market may take: a tenth of the price.
    uint16 public constant MAX_FEE_BPS = 1_000;

    /// @dev Names the native coin where a currency is meant.
    address private constant NATIVE = address(0);

    /// @dev The whole, in hundredths of a percent.
    uint256 private constant WHOLE_BPS = 10_000;

    /// @notice The one currency beside the native coin.
    Patron public immutable patron;

    /// @notice The market's share of each sale, in hundredths of a percent.
    uint16 public feeBps;

    /// @notice Who is owed the fees.
    address public feeRecipient;

    /// @notice How many listings were ever made; ids count from 1.
    uint256 public listingCount;

    /// @notice How many offers were ever made; ids count from 1.
    uint256 public offerCount;

    /// @notice The active listings, by id; all zeros for one that ended.
    mapping(uint256 listingId => Listing) public listings;

    /// @notice The open offers, by id; all zeros for one that ended.
    mapping(uint256 offerId => Offer) public offers;

    /// @notice The active listing of a token, or 0.
    mapping(address collection => mapping(uint256 tokenId => uint256 listingId)) public activeListing;

    /// @notice What the market owes to an account, by currency.
    mapping(address account => mapping(address currency => uint256 amount)) public proceeds;

    /// @notice A token is for sale. A token has one active listing at most: an older one is cancelled just before.
    /// @param listingId its id, counted from 1
    /// @param seller who owns the token
    /// @param collection the token's contract
    /// @param tokenId the token
    /// @param currency the zero address for the native coin, or Patron's
    /// @param price in the currency's smallest unit
    event Listed(
        uint256 indexed listingId,
        address indexed seller,
        address indexed collection,
        uint256 tokenId,
        address currency,
        uint256 price
    );

    /// @notice A listing has a new price.
    /// @param listingId the listing
    /// @param price in the currency's smallest unit
    event PriceUpdated(uint256 indexed listingId, uint256 price);

    /// @notice A listing ended without a sale.
    /// @param listingId the listing
    event ListingCancelled(uint256 indexed listingId);

    /// @notice Someone bid on a token; the price moved into the market.
    /// @param offerId its id, counted from 1
    /// @param maker who bids
    /// @param collection the token's contract
    /// @param tokenId the token
    /// @param price in Patron's smallest unit
    /// @param expiresAt the first second in which it can no longer be accepted
    event OfferMade(
        uint256 indexed offerId,
        address indexed maker,
        address indexed collection,
        uint256 tokenId,
        uint256 price,
        uint64 expiresAt
    );

    /// @notice An offer was taken back; its price went back to its maker.
    /// @param offerId the offer
    event OfferWithdrawn(uint256 indexed offerId);

    /// @notice An offer was accepted; the {Sold} that follows tells the rest.
    /// @param offerId the offer
    /// @param seller who accepted it
    event OfferAccepted(uint256 indexed offerId, address indexed seller);

    /// @notice A token was sold; its active listing, whichever it was, has ended with it.
    /// @param seller who owned the token
    /// @param buyer who owns it now
    /// @param collection the token's contract
    /// @param tokenId the token
    /// @param listingId the listing that was bought, or 0
    /// @param offerId the offer that was accepted, or 0
    /// @param currency the zero address for the native coin, or Patron's
    /// @param price what the buyer paid; the seller is owed `price - fee - royalty`
    /// @param fee what the fee's recipient is owed
    /// @param royaltyReceiver who is owed the royalty; the zero address if there is none
    /// @param royalty what they are owed
    event Sold(
        address indexed seller,
        address indexed buyer,
        address indexed collection,
        uint256 tokenId,
        uint256 listingId,
        uint256 offerId,
        address currency,
        uint256 price,
        uint256 fee,
        address royaltyReceiver,
        uint256 royalty
    );

    /// @notice Someone took what they were owed.
    /// @param account who
    /// @param currency the zero address for the native coin, or Patron's
    /// @param amount in the currency's smallest unit
    event ProceedsWithdrawn(address indexed account, address indexed currency, uint256 amount);

    /// @notice Later sales pay another fee. Also emitted at deployment.
    /// @param feeBps the share, in hundredths of a percent
    /// @param feeRecipient who is owed it
    event FeeUpdated(uint16 feeBps, address indexed feeRecipient);

    /// @notice Only the native coin and Patron are taken.
    /// @param currency what was asked for
    error CurrencyUnknown(address currency);

    /// @notice A price is between 1 and 2^128 - 1.
    /// @param price what was asked for
    error PriceOutOfRange(uint256 price);

    /// @notice Only the token's owner may do this.
    /// @param account who tried
    error NotTokenOwner(address account);

    /// @notice Only the one who made it may do this.
    /// @param account who tried
    error NotMaker(address account);

    /// @notice The market may not move the token: approve it first.
    error MarketNotApproved();

    /// @notice There is no such listing, or it has ended.
    /// @param listingId the listing
    error ListingNotActive(uint256 listingId);

    /// @notice The seller gave the token away after listing it.
    /// @param listingId the listing
    error ListingStale(uint256 listingId);

    /// @notice There is no such offer, or it has ended.
    /// @param offerId the offer
    error OfferNotOpen(uint256 offerId);

    /// @notice The offer can no longer be accepted, or was made for a moment that has passed.
    /// @param expiresAt the first second in which it could not
    error OfferExpired(uint64 expiresAt);

    /// @notice Nobody buys from, or bids to, themselves.
    error OwnToken();

    /// @notice The native value sent is not what is due: the price, or nothing for a listing in Patron.
    /// @param due what should have been sent
    /// @param sent what was sent
    error WrongValue(uint256 due, uint256 sent);

    /// @notice The market owes the caller nothing in this currency.
    error NothingToWithdraw();

    /// @notice The fee asked for is above {MAX_FEE_BPS}.
    /// @param feeBps what was asked for
    error FeeTooHigh(uint16 feeBps);

    /// @notice Fees need someone to be owed them.
    error FeeRecipientMissing();

    /// @param patron_ the currency beside the native coin
    /// @param feeRecipient_ who is owed the fees
    /// @param feeBps_ at most {MAX_FEE_BPS}
    constructor(Patron patron_, address feeRecipient_, uint16 feeBps_) Ownable(msg.sender) {
        patron = patron_;
        _setFee(feeBps_, feeRecipient_);
    }

    /// @notice Puts a token up for sale. An active listing of the same token is cancelled.
    /// @param collection an ERC-721
    /// @param tokenId a token of the caller's, for which the market is approved
    /// @param currency the zero address for the native coin, or Patron's
    /// @param price in the currency's smallest unit
    /// @return listingId the new id: 1, 2, 3 …
    function list(address collection, uint256 tokenId, address currency, uint256 price)
        external
        nonReentrant
        returns (uint256 listingId)
    {
        if (currency != NATIVE && currency != address(patron)) revert CurrencyUnknown(currency);
        _requirePrice(price);
        if (IERC721(collection).ownerOf(tokenId) != msg.sender) revert NotTokenOwner(msg.sender);
        if (
            IERC721(collection).getApproved(tokenId) != address(this)
                && !IERC721(collection).isApprovedForAll(msg.sender, address(this))
        ) revert MarketNotApproved();

        uint256 replaced = activeListing[collection][tokenId];
        if (replaced != 0) {
            delete listings[replaced];
            emit ListingCancelled(replaced);
        }
        listingId = ++listingCount;
        listings[listingId] = Listing(msg.sender, collection, tokenId, currency, price);
        activeListing[collection][tokenId] = listingId;
        emit Listed(listingId, msg.sender, collection, tokenId, currency, price);
    }

    /// @notice Changes what a listing asks for.
    /// @param listingId an active listing of the caller's
    /// @param price in the currency's smallest unit
    function updatePrice(uint256 listingId, uint256 price) external nonReentrant {
        Listing storage listing = _activeListing(listingId);
        if (listing.seller != msg.sender) revert NotMaker(msg.sender);
        _requirePrice(price);
        listing.price = price;
        emit PriceUpdated(listingId, price);
    }

    /// @notice Ends a listing without a sale. Its seller may at any time; anyone may once the seller gave the token away.
    /// @param listingId an active listing
    function cancel(uint256 listingId) external nonReentrant {
        Listing memory listing = _activeListing(listingId);
        if (listing.seller != msg.sender && IERC721(listing.collection).ownerOf(listing.tokenId) == listing.seller) {
            revert NotMaker(msg.sender);
        }
        _endListing(listing.collection, listing.tokenId);
        emit ListingCancelled(listingId);
    }

    /// @notice Buys a listed token at its present price.
    /// @dev For a listing in Patron, allow the market exactly the price one has seen: the seller may raise it meanwhile.
    /// @param listingId an active listing; send exactly its price, or allow the market to take it in Patron
    function buy(uint256 listingId) external payable nonReentrant {
        Listing memory listing = _activeListing(listingId);
        if (listing.seller == msg.sender) revert OwnToken();
        if (IERC721(listing.collection).ownerOf(listing.tokenId) != listing.seller) revert ListingStale(listingId);
        uint256 due = listing.currency == NATIVE ? listing.price : 0;
        if (msg.value != due) revert WrongValue(due, msg.value);

        Sale memory sale = Sale({
            seller: listing.seller,
            buyer: msg.sender,
            collection: listing.collection,
            tokenId: listing.tokenId,
            listingId: listingId,
            offerId: 0,
            currency: listing.currency,
            price: listing.price
        });
        _settle(sale);
        if (listing.currency != NATIVE) patron.safeTransferFrom(msg.sender, address(this), listing.price);
        IERC721(listing.collection).safeTransferFrom(listing.seller, msg.sender, listing.tokenId);
    }

    /// @notice Bids on a token, listed or not. The price moves into the market until the offer ends.
    /// @param collection an ERC-721
    /// @param tokenId a token of somebody else's
    /// @param price in Patron's smallest unit; the market needs an allowance of it
    /// @param expiresAt the first second in which it can no longer be accepted
    /// @return offerId the new id: 1, 2, 3 …
    function makeOffer(address collection, uint256 tokenId, uint256 price, uint64 expiresAt)
        external
        nonReentrant
        returns (uint256 offerId)
    {
        _requirePrice(price);
        if (expiresAt <= block.timestamp) revert OfferExpired(expiresAt);
        if (IERC721(collection).ownerOf(tokenId) == msg.sender) revert OwnToken();

        offerId = ++offerCount;
        offers[offerId] = Offer(msg.sender, expiresAt, collection, tokenId, price);
        emit OfferMade(offerId, msg.sender, collection, tokenId, price, expiresAt);
        patron.safeTransferFrom(msg.sender, address(this), price);
    }

    /// @notice Sells a token of the caller's to the maker of an offer. An active listing of the token ends with it.
    /// @param offerId an open offer that has not expired; the market has to be approved for the token
    function acceptOffer(uint256 offerId) external nonReentrant {
        Offer memory offer = _openOffer(offerId);
        if (block.timestamp >= offer.expiresAt) revert OfferExpired(offer.expiresAt);
        if (offer.maker == msg.sender) revert OwnToken();
        if (IERC721(offer.collection).ownerOf(offer.tokenId) != msg.sender) revert NotTokenOwner(msg.sender);

        delete offers[offerId];
        emit OfferAccepted(offerId, msg.sender);
        Sale memory sale = Sale({
            seller: msg.sender,
            buyer: offer.maker,
            collection: offer.collection,
            tokenId: offer.tokenId,
            listingId: 0,
            offerId: offerId,
            currency: address(patron),
            price: offer.price
        });
        _settle(sale);
        IERC721(offer.collection).safeTransferFrom(msg.sender, offer.maker, offer.tokenId);
    }

    /// @notice Takes an offer back, expired or not; its price returns to its maker at once.
    /// @param offerId an open offer of the caller's
    function withdrawOffer(uint256 offerId) external nonReentrant {
        Offer memory offer = _openOffer(offerId);
        if (offer.maker != msg.sender) revert NotMaker(msg.sender);
        delete offers[offerId];
        emit OfferWithdrawn(offerId);
        patron.safeTransfer(msg.sender, offer.price);
    }

    /// @notice Pays the caller all that the market owes them in one currency.
    /// @param currency the zero address for the native coin, or Patron's
    function withdraw(address currency) external nonReentrant {
        uint256 amount = proceeds[msg.sender][currency];
        if (amount == 0) revert NothingToWithdraw();
        proceeds[msg.sender][currency] = 0;
        emit ProceedsWithdrawn(msg.sender, currency, amount);
        if (currency == NATIVE) Address.sendValue(payable(msg.sender), amount);
        else patron.safeTransfer(msg.sender, amount);
    }

    /// @notice Changes the fee of later sales; only the owner may.
    /// @param feeBps_ at most {MAX_FEE_BPS}
    /// @param feeRecipient_ not the zero address
    function setFee(uint16 feeBps_, address feeRecipient_) external onlyOwner {
        _setFee(feeBps_, feeRecipient_);
    }

    /// @dev One sale, however it came about; the fields of {Sold} that are known before the money is divided.
    struct Sale {
        address seller;
        address buyer;
        address collection;
        uint256 tokenId;
        uint256 listingId;
        uint256 offerId;
        address currency;
        uint256 price;
    }

    /// @dev Ends the token's listing, divides the price among those it is owed to, and tells.
    function _settle(Sale memory sale) private {
        uint256 fee = (sale.price * feeBps) / WHOLE_BPS;
        (address receiver, uint256 royalty) = _royaltyOf(sale, sale.price - fee);

        _endListing(sale.collection, sale.tokenId);
        proceeds[feeRecipient][sale.currency] += fee;
        if (royalty != 0) proceeds[receiver][sale.currency] += royalty;
        proceeds[sale.seller][sale.currency] += sale.price - fee - royalty;
        emit Sold(
            sale.seller,
            sale.buyer,
            sale.collection,
            sale.tokenId,
            sale.listingId,
            sale.offerId,
            sale.currency,
            sale.price,
            fee,
            receiver,
            royalty
        );
    }

    /// @dev What the collection asks for, but never more than is left; nothing if it asks for nothing or cannot say.
    function _royaltyOf(Sale memory sale, uint256 left) private view returns (address receiver, uint256 royalty) {
        if (!ERC165Checker.supportsInterface(sale.collection, type(IERC2981).interfaceId)) return (address(0), 0);
        try IERC2981(sale.collection).royaltyInfo(sale.tokenId, sale.price) returns (address to, uint256 amount) {
            if (to == address(0) || amount == 0) return (address(0), 0);
            return (to, amount < left ? amount : left);
        } catch {
            return (address(0), 0);
        }
    }

    function _endListing(address collection, uint256 tokenId) private {
        uint256 listingId = activeListing[collection][tokenId];
        if (listingId == 0) return;
        delete listings[listingId];
        delete activeListing[collection][tokenId];
    }

    function _setFee(uint16 feeBps_, address feeRecipient_) private {
        if (feeBps_ > MAX_FEE_BPS) revert FeeTooHigh(feeBps_);
        if (feeRecipient_ == address(0)) revert FeeRecipientMissing();
        feeBps = feeBps_;
        feeRecipient = feeRecipient_;
        emit FeeUpdated(feeBps_, feeRecipient_);
    }

    function _activeListing(uint256 listingId) private view returns (Listing storage listing) {
        listing = listings[listingId];
        if (listing.seller == address(0)) revert ListingNotActive(listingId);
    }

    function _openOffer(uint256 offerId) private view returns (Offer storage offer) {
        offer = offers[offerId];
        if (offer.maker == address(0)) revert OfferNotOpen(offerId);
    }

    function _requirePrice(uint256 price) private pure {
        // Below 2^128 no share of a price can overflow, here or in a collection's royaltyInfo.
        if (price == 0 || price > type(uint128).max) revert PriceOutOfRange(price);
    }
}
