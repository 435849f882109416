// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IRules} from "@cybermiles/contracts/rules/IRules.sol";

import {Pricing} from "./Pricing.sol";
import {Risk} from "./Risk.sol";

/// @title A marketplace whose terms are decided by pricing.dmn and whose orders are watched by risk.rules.
/// @notice Whoever places an order gets the terms that the model decides. Every order becomes a fact of a session of rules,
/// which see what one order does not show: they flag suspicious orders and name the customers to watch. Both models are
/// pinned, so nobody can change them behind anybody's back. docs/guides/rules.md walks through it.
contract Marketplace {
    struct Order {
        uint64 customer;
        uint40 releasedAt;
        bool risky;
        bool suspicious;
        uint128 feeCents;
        uint128 payCents;
    }

    /// @notice An order has its terms.
    event OrderPlaced(uint256 indexed id, uint64 indexed customer, string risk, uint128 payCents, uint128 feeCents, uint40 releasedAt);
    /// @notice The rules found an order suspicious.
    event OrderSuspicious(uint256 indexed id, uint64 indexed customer, string reason);

    /// @notice The amount is not positive; order something.
    error NoAmount();
    /// @notice Each order needs one customer.
    error NotOneCustomerEach();

    /// @notice The session of risk.rules that knows the orders.
    uint64 public immutable session;

    Order[] public orders;
    uint256 public riskyOrders;
    uint256 public suspiciousOrders;
    uint256 public feesCents;
    /// @notice Whether the rules have looked at every order.
    bool public watched;

    constructor() {
        session = Risk.open();
    }

    /// @notice The terms that an order would get.
    function quote(Pricing.Input calldata input) external view returns (Pricing.Output memory) {
        return Pricing.evaluate(input);
    }

    /// @notice Places one order.
    function place(Pricing.Input calldata input, uint64 customer) external returns (uint256 id) {
        id = _book(input.amountE2, customer, Pricing.evaluate(input));
        Risk.insert(session, _fact(id, customer, input));
        watched = false;
    }

    /// @notice Places many orders: the models are read once.
    function placeMany(Pricing.Input[] calldata inputs, uint64[] calldata customers) external {
        if (inputs.length != customers.length) revert NotOneCustomerEach();
        Pricing.Output[] memory terms = Pricing.evaluateBatch(inputs);
        Risk.Order[] memory facts = new Risk.Order[](inputs.length);
        for (uint256 i = 0; i < inputs.length; i++) {
            uint256 id = _book(inputs[i].amountE2, customers[i], terms[i]);
            facts[i] = _fact(id, customers[i], inputs[i]);
        }
        Risk.insertMany(session, facts);
        watched = false;
    }

    /// @notice Lets the rules look at the new orders, as far as the gas goes, and notes what they find; call again until
    /// `watched`.
    function watch(uint64 maxFirings) external {
        (IRules.Status status,, IRules.Result[] memory results) = Risk.fire(session, maxFirings);
        for (uint256 i = 0; i < results.length; i++) {
            if (!Risk.isSuspiciousResult(results[i])) continue;
            Risk.SuspiciousResult memory found = Risk.readSuspiciousResult(results[i]);
            uint256 id = uint256(uint128(found.order));
            if (!orders[id].suspicious) {
                orders[id].suspicious = true;
                suspiciousOrders++;
            }
            emit OrderSuspicious(id, orders[id].customer, found.reason);
        }
        watched = status != IRules.Status.Paused;
    }

    /// @notice How many orders there are.
    function count() external view returns (uint256) {
        return orders.length;
    }

    function _fact(uint256 id, uint64 customer, Pricing.Input calldata input) private pure returns (Risk.Order memory) {
        return Risk.Order(int128(uint128(id)), int128(uint128(customer)), input.amountE2, input.country);
    }

    function _book(int128 amountE2, uint64 customer, Pricing.Output memory terms) private returns (uint256 id) {
        if (amountE2 <= 0) revert NoAmount();
        uint128 amount = uint128(amountE2);
        uint128 pay = amount - (amount * uint128(terms.discountRateE4)) / 10_000;
        uint128 fee = (pay * uint128(terms.feeRateE4)) / 10_000;
        bool risky = keccak256(bytes(terms.risk)) == keccak256("high");
        uint40 releasedAt = uint40(block.timestamp + uint128(terms.escrowDays) * 1 days);
        id = orders.length;
        orders.push(Order(customer, releasedAt, risky, false, fee, pay));
        feesCents += fee;
        if (risky) riskyOrders++;
        emit OrderPlaced(id, customer, terms.risk, pay, fee, releasedAt);
    }
}
