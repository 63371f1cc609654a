// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {Anchor} from "../src/Anchor.sol";
import {Test} from "./Test.sol";

contract AnchorTest is Test {
    uint256 private constant KEY = 0xa11ce;
    bytes32 private constant HASH = keccak256("a record");

    Anchor private anchor;
    address private owner;
    address private submitter = person("submitter");

    function setUp() public {
        anchor = new Anchor();
        owner = vm.addr(KEY);
        vm.warp(1_000);
    }

    function testFuzz_anchorsTheCallersRecord(address caller, bytes32 hash) public {
        vm.assume(hash != 0);
        vm.expectEmit(address(anchor));
        emit Anchor.Anchored(caller, hash, caller);
        vm.prank(caller);
        anchor.anchor(hash);
    }

    function testFuzz_anchorsForWhoeverSigned(uint256 key, bytes32 hash, uint256 deadline) public {
        vm.assume(hash != 0);
        key = bound(key, 1, 2 ** 128);
        deadline = bound(deadline, block.timestamp, type(uint256).max);
        address signer = vm.addr(key);
        bytes memory signature = _sign(key, signer, hash, 0, deadline);

        vm.expectEmit(address(anchor));
        emit Anchor.Anchored(signer, hash, submitter);
        vm.prank(submitter);
        anchor.anchorFor(signer, hash, deadline, signature);
        vm.assertEq(anchor.nonces(signer), 1);
    }

    function test_usesASignatureOnce() public {
        bytes memory signature = _sign(KEY, owner, HASH, 0, 2_000);
        anchor.anchorFor(owner, HASH, 2_000, signature);
        vm.expectRevert(abi.encodeWithSelector(Anchor.SignatureInvalid.selector, owner));
        anchor.anchorFor(owner, HASH, 2_000, signature);
        anchor.anchorFor(owner, HASH, 2_000, _sign(KEY, owner, HASH, 1, 2_000));
        vm.assertEq(anchor.nonces(owner), 2);
    }

    function test_usesASignatureUpToItsDeadline() public {
        bytes memory signature = _sign(KEY, owner, HASH, 0, 2_000);
        vm.warp(2_001);
        vm.expectRevert(abi.encodeWithSelector(Anchor.SignatureExpired.selector, 2_000));
        anchor.anchorFor(owner, HASH, 2_000, signature);
        vm.warp(2_000);
        anchor.anchorFor(owner, HASH, 2_000, signature);
    }

    function testFuzz_refusesASignatureOfAnythingElse(uint256 key, bytes32 hash, uint256 deadline) public {
        key = bound(key, 1, 2 ** 128);
        deadline = bound(deadline, block.timestamp, type(uint256).max);
        vm.assume(hash != 0 && (key != KEY || hash != HASH || deadline != 2_000));
        bytes memory signature = _sign(key, vm.addr(key), hash, 0, deadline);
        vm.expectRevert(abi.encodeWithSelector(Anchor.SignatureInvalid.selector, owner));
        anchor.anchorFor(owner, HASH, 2_000, signature);
        vm.assertEq(anchor.nonces(owner), 0);
    }

    function test_refusesASignatureForAnotherContract() public {
        Anchor other = new Anchor();
        bytes memory signature = _sign(KEY, owner, HASH, 0, 2_000);
        vm.expectRevert(abi.encodeWithSelector(Anchor.SignatureInvalid.selector, owner));
        other.anchorFor(owner, HASH, 2_000, signature);
    }

    function testFuzz_takesNoiseForNoSignature(bytes memory noise) public {
        vm.expectRevert(abi.encodeWithSelector(Anchor.SignatureInvalid.selector, owner));
        anchor.anchorFor(owner, HASH, 2_000, noise);
    }

    function test_asksAWalletThatIsAContract() public {
        Wallet wallet = new Wallet(owner);
        bytes memory signature = _sign(KEY, address(wallet), HASH, 0, 2_000);
        vm.expectEmit(address(anchor));
        emit Anchor.Anchored(address(wallet), HASH, submitter);
        vm.prank(submitter);
        anchor.anchorFor(address(wallet), HASH, 2_000, signature);

        bytes memory forged = _sign(KEY + 1, address(wallet), HASH, 1, 2_000);
        vm.expectRevert(abi.encodeWithSelector(Anchor.SignatureInvalid.selector, address(wallet)));
        anchor.anchorFor(address(wallet), HASH, 2_000, forged);
    }

    function test_anchorsNothingForNoRecord() public {
        vm.expectRevert(Anchor.HashMissing.selector);
        anchor.anchor(0);
        bytes memory signature = _sign(KEY, owner, 0, 0, 2_000);
        vm.expectRevert(Anchor.HashMissing.selector);
        anchor.anchorFor(owner, 0, 2_000, signature);
        vm.expectRevert(Anchor.HashMissing.selector);
        anchor.commit(0, 1);
        vm.expectRevert(Anchor.BatchEmpty.selector);
        anchor.commit(HASH, 0);
    }

    function testFuzz_commitsABatch(address caller, bytes32 root, uint32 count) public {
        vm.assume(root != 0 && count != 0);
        vm.expectEmit(address(anchor));
        emit Anchor.Committed(caller, root, count);
        vm.prank(caller);
        anchor.commit(root, count);
    }

    function _sign(uint256 key, address of_, bytes32 hash, uint256 nonce, uint256 deadline)
        private
        view
        returns (bytes memory)
    {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("Heddle Anchor"),
                keccak256("1"),
                block.chainid,
                address(anchor)
            )
        );
        bytes32 message = keccak256(abi.encode(anchor.ANCHOR_TYPEHASH(), of_, hash, nonce, deadline));
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, keccak256(abi.encodePacked(hex"1901", domain, message)));
        return abi.encodePacked(r, s, v);
    }
}

/// @notice A wallet that is a contract: what its owner signs, it has signed (ERC-1271).
contract Wallet is IERC1271 {
    address private immutable owner;

    constructor(address owner_) {
        owner = owner_;
    }

    function isValidSignature(bytes32 digest, bytes memory signature) external view returns (bytes4) {
        (address signer,,) = ECDSA.tryRecover(digest, signature);
        return signer == owner ? IERC1271.isValidSignature.selector : bytes4(0xffffffff);
    }
}

/// @notice Anchors by signature at random.
contract AnchorHandler is Test {
    Anchor public immutable anchor = new Anchor();
    mapping(address owner => uint256) public anchored;

    function anchorFor(uint256 who, bytes32 hash, uint256 nonce) external {
        uint256 key = 1 + who % 3;
        address owner = vm.addr(key);
        // Every other signature is of the right nonce.
        if (nonce % 2 == 0) nonce = anchor.nonces(owner);
        bytes32 message =
            keccak256(abi.encode(anchor.ANCHOR_TYPEHASH(), owner, hash, nonce, type(uint256).max));
        (, string memory name, string memory version, uint256 chainId, address verifier,,) = anchor.eip712Domain();
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256(bytes(name)),
                keccak256(bytes(version)),
                chainId,
                verifier
            )
        );
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, keccak256(abi.encodePacked(hex"1901", domain, message)));
        try anchor.anchorFor(owner, hash, type(uint256).max, abi.encodePacked(r, s, v)) {
            anchored[owner]++;
        } catch {}
    }
}

contract AnchorInvariantTest is Test {
    AnchorHandler private handler;

    function setUp() public {
        handler = new AnchorHandler();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function invariant_aNonceIsUsedForEachAnchorAndForNothingElse() public view {
        for (uint256 key = 1; key <= 3; key++) {
            address owner = vm.addr(key);
            vm.assertEq(handler.anchor().nonces(owner), handler.anchored(owner));
        }
    }
}
