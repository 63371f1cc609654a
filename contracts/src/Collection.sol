// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {IERC165} from "@openzeppelin/contracts/interfaces/IERC165.sol";
import {IERC4906} from "@openzeppelin/contracts/interfaces/IERC4906.sol";
import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {ERC721Utils} from "@openzeppelin/contracts/token/ERC721/utils/ERC721Utils.sol";
import {ERC2981} from "@openzeppelin/contracts/token/common/ERC2981.sol";

/// @title Collection
/// @notice The works of one creator: an ERC-721 with royalties (ERC-2981) and announced metadata changes (ERC-4906).
/// @dev The terms it starts with are in the {Atelier}'s `CollectionCreated`; its own events tell what changes after.
contract Collection is ERC721, ERC2981, IERC4906, Ownable {
    /// @notice The highest royalty a creator may ask: half of the price.
    uint96 public constant MAX_ROYALTY_BPS = 5_000;

    /// @notice Who opened the collection. Ownership may be handed on; this stays.
    address public immutable creator;

    /// @notice Where the collection's own description is kept.
    string public contentURI;

    /// @notice How many tokens there are; the next one has the id after it.
    uint256 public totalMinted;

    mapping(uint256 tokenId => string) private _tokenURIs;

    /// @notice A token came into being; follows the `Transfer` from the zero address.
    /// @param tokenId its id, counted from 1
    /// @param to its first owner
    /// @param uri where its metadata is kept
    event TokenMinted(uint256 indexed tokenId, address indexed to, string uri);

    /// @notice The collection's own description moved.
    /// @param contentURI where it is now
    event ContentURIUpdated(string contentURI);

    /// @notice The royalty of later sales changed.
    /// @param receiver who is paid
    /// @param bps the share, in hundredths of a percent
    event RoyaltyUpdated(address indexed receiver, uint96 bps);

    /// @notice A collection needs a name and a symbol.
    error NameMissing();

    /// @notice The royalty asked for is above {MAX_ROYALTY_BPS}.
    /// @param bps what was asked for
    error RoyaltyTooHigh(uint96 bps);

    /// @param creator_ the first owner and the first receiver of royalties
    /// @param name_ not empty
    /// @param symbol_ not empty
    /// @param contentURI_ where the description is kept; may be empty
    /// @param royaltyBps at most {MAX_ROYALTY_BPS}
    constructor(
        address creator_,
        string memory name_,
        string memory symbol_,
        string memory contentURI_,
        uint96 royaltyBps
    ) ERC721(name_, symbol_) Ownable(creator_) {
        if (bytes(name_).length == 0 || bytes(symbol_).length == 0) revert NameMissing();
        if (royaltyBps > MAX_ROYALTY_BPS) revert RoyaltyTooHigh(royaltyBps);
        creator = creator_;
        contentURI = contentURI_;
        _setDefaultRoyalty(creator_, royaltyBps);
    }

    /// @notice Makes a new token; only the owner may.
    /// @dev Emits no `MetadataUpdate`: ERC-4906 keeps that for changes after the minting. The receiver's hook runs last.
    /// @param to its first owner; a contract has to accept ERC-721 tokens
    /// @param uri where its metadata is kept
    /// @return tokenId the new id: 1, 2, 3 …
    function mint(address to, string calldata uri) external onlyOwner returns (uint256 tokenId) {
        tokenId = ++totalMinted;
        _tokenURIs[tokenId] = uri;
        _mint(to, tokenId);
        emit TokenMinted(tokenId, to, uri);
        ERC721Utils.checkOnERC721Received(msg.sender, address(0), to, tokenId, "");
    }

    /// @notice Moves a token's metadata; only the collection's owner may.
    /// @param tokenId a token that exists
    /// @param uri where its metadata is now
    function setTokenURI(uint256 tokenId, string calldata uri) external onlyOwner {
        _requireOwned(tokenId);
        _tokenURIs[tokenId] = uri;
        emit MetadataUpdate(tokenId);
    }

    /// @notice Moves the collection's own description; only the owner may.
    /// @param uri where it is now
    function setContentURI(string calldata uri) external onlyOwner {
        contentURI = uri;
        emit ContentURIUpdated(uri);
    }

    /// @notice Changes who is paid on later sales, and how much; only the owner may.
    /// @param receiver not the zero address; to ask for nothing, set `bps` to 0
    /// @param bps at most {MAX_ROYALTY_BPS}
    function setRoyalty(address receiver, uint96 bps) external onlyOwner {
        if (bps > MAX_ROYALTY_BPS) revert RoyaltyTooHigh(bps);
        _setDefaultRoyalty(receiver, bps);
        emit RoyaltyUpdated(receiver, bps);
    }

    /// @inheritdoc ERC721
    function tokenURI(uint256 tokenId) public view override returns (string memory) {
        _requireOwned(tokenId);
        return _tokenURIs[tokenId];
    }

    /// @inheritdoc ERC721
    function supportsInterface(bytes4 interfaceId) public view override(ERC721, ERC2981, IERC165) returns (bool) {
        // ERC-4906 names its interface by this number: it has events only, from which none can be computed.
        return interfaceId == bytes4(0x49064906) || super.supportsInterface(interfaceId);
    }
}
