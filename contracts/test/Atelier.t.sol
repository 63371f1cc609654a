// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Atelier} from "../src/Atelier.sol";
import {Collection} from "../src/Collection.sol";
import {Test} from "./Test.sol";

contract AtelierTest is Test {
    Atelier private atelier;
    address private creator = person("creator");

    function setUp() public {
        atelier = new Atelier();
    }

    function testFuzz_opensACollectionThatBelongsToItsCaller(string memory name, string memory symbol, uint96 bps) public {
        vm.assume(bytes(name).length > 0 && bytes(symbol).length > 0);
        bps = uint96(bound(bps, 0, 5_000));
        vm.prank(creator);
        Collection collection = Collection(atelier.createCollection(name, symbol, "ipfs://about", bps));

        vm.assertEq(collection.name(), name);
        vm.assertEq(collection.symbol(), symbol);
        vm.assertEq(collection.contentURI(), "ipfs://about");
        vm.assertEq(collection.creator(), creator);
        vm.assertEq(collection.owner(), creator);
        (address receiver, uint256 royalty) = collection.royaltyInfo(1, 10_000);
        vm.assertEq(receiver, creator);
        vm.assertEq(royalty, bps);
    }

    function test_tellsAllOfIt() public {
        // Its first contract has the nonce 1.
        address expected = address(
            uint160(uint256(keccak256(abi.encodePacked(bytes2(0xd694), address(atelier), bytes1(0x01)))))
        );
        vm.expectEmit(address(atelier));
        emit Atelier.CollectionCreated(expected, creator, "Salt Hours", "SALT", "ipfs://about", 500);
        vm.prank(creator);
        vm.assertEq(atelier.createCollection("Salt Hours", "SALT", "ipfs://about", 500), expected);
    }

    function test_opensAnotherOneEachTime() public {
        address first = atelier.createCollection("Salt Hours", "SALT", "", 0);
        address second = atelier.createCollection("Salt Hours", "SALT", "", 0);
        vm.assertTrue(first != second);
    }

    function test_refusesWhatACollectionRefuses() public {
        vm.expectRevert(Collection.NameMissing.selector);
        atelier.createCollection("", "SALT", "", 0);
        vm.expectRevert(abi.encodeWithSelector(Collection.RoyaltyTooHigh.selector, 5_001));
        atelier.createCollection("Salt Hours", "SALT", "", 5_001);
    }
}
