// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Pricing} from "./Pricing.sol";

/// @title A marketplace whose fees, discounts and escrow times are decided by pricing.dmn.
/// @notice Whoever places an order gets the terms that the model decides; the model is pinned, so the terms of this contract
/// cannot be changed behind anybody's back. docs/guides/rules.md walks through it.
contract Marketplace {
    struct Order {
        address buyer;
        uint40 releasedAt;
        bool risky;
        uint128 feeCents;
        uint128 payCents;
    }

    /// @notice An order has its terms.
    event OrderPlaced(uint256 indexed id, address indexed buyer, string risk, uint128 payCents, uint128 feeCents, uint40 releasedAt);

    /// @notice The amount is not positive; order something.
    error NoAmount();

    Order[] public orders;
    uint256 public riskyOrders;
    uint256 public feesCents;

    /// @notice The terms that an order would get.
    function quote(Pricing.Input calldata input) external view returns (Pricing.Output memory) {
        return Pricing.evaluate(input);
    }

    /// @notice Places one order.
    function place(Pricing.Input calldata input) external returns (uint256 id) {
        return _book(input.amountE2, Pricing.evaluate(input));
    }

    /// @notice Places many orders: the model is read once.
    function placeMany(Pricing.Input[] calldata inputs) external {
        Pricing.Output[] memory terms = Pricing.evaluateBatch(inputs);
        for (uint256 i = 0; i < inputs.length; i++) _book(inputs[i].amountE2, terms[i]);
    }

    /// @notice How many orders there are.
    function count() external view returns (uint256) {
        return orders.length;
    }

    function _book(int128 amountE2, Pricing.Output memory terms) private returns (uint256 id) {
        if (amountE2 <= 0) revert NoAmount();
        uint128 amount = uint128(amountE2);
        uint128 pay = amount - (amount * uint128(terms.discountRateE4)) / 10_000;
        uint128 fee = (pay * uint128(terms.feeRateE4)) / 10_000;
        bool risky = keccak256(bytes(terms.risk)) == keccak256("high");
        uint40 releasedAt = uint40(block.timestamp + uint128(terms.escrowDays) * 1 days);
        id = orders.length;
        orders.push(Order(msg.sender, releasedAt, risky, fee, pay));
        feesCents += fee;
        if (risky) riskyOrders++;
        emit OrderPlaced(id, msg.sender, terms.risk, pay, fee, releasedAt);
    }
}
