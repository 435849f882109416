// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Sale} from "./Sale.sol";

/// @title A shop that sells by the process sale.bpmn
/// @notice An order starts an instance with the shop as the seller; the process does everything else. What is sold arrives at
/// the shop's address.
contract Shop {
    /// @notice Who keeps the shop.
    address public immutable keeper = msg.sender;

    /// @notice An order has become an instance of the process.
    /// @param instance its number
    /// @param buyer who ordered
    event Ordered(uint64 indexed instance, address indexed buyer);

    /// @notice Only the keeper does this.
    error NotKeeper();

    modifier onlyKeeper() {
        if (msg.sender != keeper) revert NotKeeper();
        _;
    }

    receive() external payable {}

    /// @notice Orders something; the call's value pays for the gas of the process's timers. The buyer pays by answering the
    /// offer.
    /// @param item what is ordered
    /// @param priceWei its price, in wei
    /// @param arbiter who judges complaints
    /// @return instance the sale
    function order(string calldata item, int128 priceWei, address arbiter) external payable returns (uint64 instance) {
        instance = Sale.start(
            Sale.Roles({market: keeper, buyer: msg.sender, seller: address(this), arbiter: arbiter, administrator: address(0)}),
            Sale.Start({item: item, category: "books", sellerLevel: "gold", priceWei: priceWei}),
            0,
            msg.value
        );
        emit Ordered(instance, msg.sender);
    }

    /// @notice Says that an order has been shipped.
    /// @param instance the sale
    /// @param tracking number of the parcel
    function ship(uint64 instance, string calldata tracking) external onlyKeeper {
        Sale.ship(instance, Sale.Ship({tracking: tracking}), 0);
    }

    /// @notice Rates the buyer.
    /// @param instance the sale
    /// @param stars one to five
    function rate(uint64 instance, int128 stars) external onlyKeeper {
        Sale.rateBuyer(instance, Sale.RateBuyer({stars: stars}), 0);
    }

    /// @notice Takes what the shop has earned.
    function withdraw() external onlyKeeper {
        (bool paid,) = keeper.call{value: address(this).balance}("");
        require(paid, "the keeper takes no coins");
    }
}
