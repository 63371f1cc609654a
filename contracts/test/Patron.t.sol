// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {Patron} from "../src/Patron.sol";
import {Test} from "./Test.sol";

contract PatronTest is Test {
    bytes32 private constant PERMIT_TYPEHASH =
        keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");

    Patron private patron;
    address private spender = person("spender");

    function setUp() public {
        patron = new Patron(address(this));
    }

    function test_introducesItself() public view {
        vm.assertEq(patron.name(), "Patron");
        vm.assertEq(patron.symbol(), "PTRN");
        vm.assertEq(patron.decimals(), 18);
    }

    function testFuzz_mintsForItsOwner(address to, uint256 amount) public {
        vm.assume(to != address(0));
        vm.expectEmit(address(patron));
        emit IERC20.Transfer(address(0), to, amount);
        patron.mint(to, amount);
        vm.assertEq(patron.balanceOf(to), amount);
        vm.assertEq(patron.totalSupply(), amount);
    }

    function testFuzz_mintsForNobodyElse(address stranger) public {
        vm.assume(stranger != address(this));
        vm.prank(stranger);
        vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, stranger));
        patron.mint(stranger, 1);
    }

    function testFuzz_allowsBySignatureOnce(uint256 key, uint256 value) public {
        key = bound(key, 1, 2 ** 128);
        address owner = vm.addr(key);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, _digest(owner, value, block.timestamp));
        patron.permit(owner, spender, value, block.timestamp, v, r, s);
        vm.assertEq(patron.allowance(owner, spender), value);

        vm.expectRevert(ERC20Permit.ERC2612InvalidSigner.selector);
        this.permitAgain(owner, value, v, r, s);
    }

    /// @dev A call of its own, so that `expectRevert` sees only the error's selector: its signer is any address.
    function permitAgain(address owner, uint256 value, uint8 v, bytes32 r, bytes32 s) external {
        try patron.permit(owner, spender, value, block.timestamp, v, r, s) {}
        catch (bytes memory reason) {
            bytes4 selector = bytes4(reason);
            assembly {
                mstore(0, selector)
                revert(0, 4)
            }
        }
    }

    function _digest(address owner, uint256 value, uint256 deadline) private view returns (bytes32) {
        bytes32 message = keccak256(abi.encode(PERMIT_TYPEHASH, owner, spender, value, patron.nonces(owner), deadline));
        return keccak256(abi.encodePacked(hex"1901", patron.DOMAIN_SEPARATOR(), message));
    }
}

/// @notice Moves Patron about at random.
contract PatronHandler is Test {
    Patron private immutable patron;
    address[3] public people = [person("a"), person("b"), person("c")];
    uint256 public minted;

    constructor() {
        patron = new Patron(address(this));
    }

    function mint(uint256 who, uint128 amount) external {
        patron.mint(people[who % 3], amount);
        minted += amount;
    }

    function move(uint256 from, uint256 to, uint256 amount) external {
        address sender = people[from % 3];
        uint256 most = patron.balanceOf(sender);
        vm.prank(sender);
        patron.transfer(people[to % 3], bound(amount, 0, most));
    }

    function held() external view returns (uint256 sum) {
        for (uint256 i = 0; i < 3; i++) sum += patron.balanceOf(people[i]);
    }

    function supply() external view returns (uint256) {
        return patron.totalSupply();
    }
}

contract PatronInvariantTest is Test {
    PatronHandler private handler;

    function setUp() public {
        handler = new PatronHandler();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function invariant_everyUnitIsSomebodys() public view {
        vm.assertEq(handler.supply(), handler.minted());
        vm.assertEq(handler.held(), handler.minted());
    }
}
