// SPDX-License-Identifier: Apache-2.0
// Made by `cybermiles process bind`. Do not edit.
pragma solidity ^0.8.28;

import {IProcess} from "@cybermiles/contracts/process/IProcess.sol";

/// @title Process sale of the model Second-hand sale
/// @dev A number's name ends in the power of ten that it is scaled by, if any. Dates are days, dates and times and
/// durations seconds, since 1970-01-01 where they are moments. bytes are values in the wire form.
library Sale {
    /// @notice The model, pinned by its hash: what it does never changes.
    bytes32 internal constant MODEL = 0xe14a90c34d8668f1405ddf671a10df436e434e3da2a8e47a8045f9cf446c34b5;
    string internal constant PROCESS = "sale";
    IProcess internal constant PROCESSES = IProcess(0x000000000000000000000000000000000000C102);

    /// @notice The step is not open.
    error NotOpen(uint64 instance, string step);

    /// @notice Who has which role; the zero address is nobody.
    struct Roles {
        address market;
        address buyer;
        address seller;
        address arbiter;
        address administrator;
    }

    struct Start {
        string item;
        string category;
        string sellerLevel;
        int128 priceWei;
    }

    struct Answer {
        string answer;
        int128 offerWei;
    }

    struct Reconsider {
        int128 priceWei;
    }

    struct Ship {
        string tracking;
    }

    struct Receive {
        string complaint;
    }

    struct Judge {
        int128 sellerBps;
    }

    struct RateSeller {
        int128 stars;
    }

    struct RateBuyer {
        int128 stars;
    }

    /// @notice Starts an instance. valueWei is what it holds, depositWei pays for the gas of its timers.
    function start(Roles memory roles, Start memory variables, uint256 valueWei, uint256 depositWei) internal returns (uint64 instance) {
        return PROCESSES.start{value: valueWei + depositWei}(MODEL, PROCESS, _roles(roles), _packStart(variables), depositWei);
    }

    /// @notice The token of an open step, by the step's number.
    function task(uint64 instance, uint16 node, string memory step) internal view returns (uint32 token) {
        IProcess.Task[] memory tasks = PROCESSES.tasksOf(instance);
        for (uint256 i = 0; i < tasks.length; i++) {
            if (tasks[i].node == node && _mayDo(tasks[i].account)) return tasks[i].token;
        }
        revert NotOpen(instance, step);
    }

    function _roles(Roles memory roles) private pure returns (IProcess.Role[] memory list) {
        uint256 n = 0;
        list = new IProcess.Role[](5);
        if (roles.market != address(0)) list[n++] = IProcess.Role("market", roles.market);
        if (roles.buyer != address(0)) list[n++] = IProcess.Role("buyer", roles.buyer);
        if (roles.seller != address(0)) list[n++] = IProcess.Role("seller", roles.seller);
        if (roles.arbiter != address(0)) list[n++] = IProcess.Role("arbiter", roles.arbiter);
        if (roles.administrator != address(0)) list[n++] = IProcess.Role("administrator", roles.administrator);
        assembly ("memory-safe") {
            mstore(list, n)
        }
    }

    /// @notice Answer the offer, by buyer.
    function answer(uint64 instance, Answer memory variables, uint256 paidWei) internal {
        PROCESSES.complete{value: paidWei}(instance, task(instance, 3, "answer"), _packAnswer(variables));
    }

    /// @notice Name another price, by seller.
    function reconsider(uint64 instance, Reconsider memory variables, uint256 paidWei) internal {
        PROCESSES.complete{value: paidWei}(instance, task(instance, 6, "reconsider"), _packReconsider(variables));
    }

    /// @notice Ship the goods, by seller.
    function ship(uint64 instance, Ship memory variables, uint256 paidWei) internal {
        PROCESSES.complete{value: paidWei}(instance, task(instance, 8, "ship"), _packShip(variables));
    }

    /// @notice Say that they came, by buyer.
    function receive_(uint64 instance, Receive memory variables, uint256 paidWei) internal {
        PROCESSES.complete{value: paidWei}(instance, task(instance, 10, "receive"), _packReceive(variables));
    }

    /// @notice Judge the complaint, by arbiter.
    function judge(uint64 instance, Judge memory variables, uint256 paidWei) internal {
        PROCESSES.complete{value: paidWei}(instance, task(instance, 13, "judge"), _packJudge(variables));
    }

    /// @notice Rate the seller, by buyer.
    function rateSeller(uint64 instance, RateSeller memory variables, uint256 paidWei) internal {
        PROCESSES.complete{value: paidWei}(instance, task(instance, 23, "rateSeller"), _packRateSeller(variables));
    }

    /// @notice Rate the buyer, by seller.
    function rateBuyer(uint64 instance, RateBuyer memory variables, uint256 paidWei) internal {
        PROCESSES.complete{value: paidWei}(instance, task(instance, 24, "rateBuyer"), _packRateBuyer(variables));
    }

    function _packStart(Start memory v) private pure returns (bytes memory b) {
        b = hex"0c0004";
        b = bytes.concat(b, hex"00046974656d", _packText(0x02, v.item));
        b = bytes.concat(b, hex"000863617465676f7279", _packText(0x02, v.category));
        b = bytes.concat(b, hex"000b73656c6c65724c6576656c", _packText(0x02, v.sellerLevel));
        b = bytes.concat(b, hex"00087072696365576569", _packNumber(v.priceWei, 0));
    }

    function _packAnswer(Answer memory v) private pure returns (bytes memory b) {
        b = hex"0c0002";
        b = bytes.concat(b, hex"0006616e73776572", _packText(0x02, v.answer));
        b = bytes.concat(b, hex"00086f66666572576569", _packNumber(v.offerWei, 0));
    }

    function _packReconsider(Reconsider memory v) private pure returns (bytes memory b) {
        b = hex"0c0001";
        b = bytes.concat(b, hex"00087072696365576569", _packNumber(v.priceWei, 0));
    }

    function _packShip(Ship memory v) private pure returns (bytes memory b) {
        b = hex"0c0001";
        b = bytes.concat(b, hex"0008747261636b696e67", _packText(0x02, v.tracking));
    }

    function _packReceive(Receive memory v) private pure returns (bytes memory b) {
        b = hex"0c0001";
        b = bytes.concat(b, hex"0009636f6d706c61696e74", _packText(0x02, v.complaint));
    }

    function _packJudge(Judge memory v) private pure returns (bytes memory b) {
        b = hex"0c0001";
        b = bytes.concat(b, hex"000973656c6c6572427073", _packNumber(v.sellerBps, 0));
    }

    function _packRateSeller(RateSeller memory v) private pure returns (bytes memory b) {
        b = hex"0c0001";
        b = bytes.concat(b, hex"00057374617273", _packNumber(v.stars, 0));
    }

    function _packRateBuyer(RateBuyer memory v) private pure returns (bytes memory b) {
        b = hex"0c0001";
        b = bytes.concat(b, hex"00057374617273", _packNumber(v.stars, 0));
    }

    function _mayDo(address account) private view returns (bool) {
        return account == address(this) || account == address(type(uint160).max) || account.code.length > 0;
    }

    function _packNumber(int128 v, int16 exponent) private pure returns (bytes memory) {
        return abi.encodePacked(uint8(0x01), exponent, v);
    }

    function _packText(uint8 tag, string memory v) private pure returns (bytes memory) {
        return abi.encodePacked(tag, uint32(bytes(v).length), v);
    }

    function _packBool(bool v) private pure returns (bytes memory) {
        return v ? bytes(hex"04") : bytes(hex"03");
    }

    function _packInt64(uint8 tag, int64 v) private pure returns (bytes memory) {
        return abi.encodePacked(tag, v);
    }

    function _packDuration(int64 v) private pure returns (bytes memory) {
        return abi.encodePacked(uint8(0x09), v, uint32(0));
    }

    function _packAny(bytes memory v) private pure returns (bytes memory) {
        return v.length == 0 ? bytes(hex"00") : v;
    }
}
