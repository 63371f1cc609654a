// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";

/// @title Patron
/// @notice The market's currency beside the native coin: an ERC-20 with ERC-2612 permits, 18 decimals.
contract Patron is ERC20, ERC20Permit, Ownable {
    /// @param owner_ who may mint
    constructor(address owner_) ERC20("Patron", "PTRN") ERC20Permit("Patron") Ownable(owner_) {}

    /// @notice Makes new Patron out of nothing: the example's faucet. Only the owner may.
    /// @param to who receives it
    /// @param amount how much, in units of 10^-18
    function mint(address to, uint256 amount) external onlyOwner {
        _mint(to, amount);
    }
}
