// SPDX-License-Identifier: Apache-2.0
// Made by `cybermiles rules bind`. Do not edit.
pragma solidity ^0.8.28;

import {IRules} from "@cybermiles/contracts/rules/IRules.sol";

/// @title The rule set "risk"
/// @dev A number's name ends in the power of ten that it is scaled by: amountE2 counts hundredths.
library Risk {
    /// @notice The rule set, pinned by its hash: its rules never change.
    bytes32 internal constant MODEL = 0x65e703059754201773d5f23204f3fae5aa0150a465e52c2a5059ace1426ace81;
    IRules internal constant RULES = IRules(0x000000000000000000000000000000000000c101);

    /// @notice A slot is null where a value is needed.
    error NoResult(string what);
    /// @notice The value does not fit the type of its member.
    error OutOfRange(string what);
    /// @notice The fact has other slots than its template.
    error Malformed();

    /// @notice Place of the template Order.
    uint32 internal constant TEMPLATE_Order = 0;

    /// @notice Place of the template Flag.
    uint32 internal constant TEMPLATE_Flag = 1;

    /// @notice Place of the template Watch.
    uint32 internal constant TEMPLATE_Watch = 2;

    struct Order {
        int128 id; // "id"
        int128 customer; // "customer"
        int128 amountE2; // "amount"
        string country; // "country"
    }

    struct Flag {
        int128 order; // "order"
        int128 customer; // "customer"
        string reason; // "reason"
    }

    struct Watch {
        int128 customer; // "customer"
        int128 flags; // "flags"
    }

    struct SuspiciousResult {
        int128 order; // "order"
        int128 customer; // "customer"
        string reason; // "reason"
    }

    /// @notice Opens a session of the calling contract's.
    function open() internal returns (uint64 session) {
        return RULES.open(MODEL);
    }

    /// @notice Takes a fact out.
    function retract(uint64 session, uint64 id) internal {
        RULES.retract(session, id);
    }

    /// @notice Fires rules until nothing is left, a rule halts, maxFirings have fired (0: no limit) or the gas comes to its end.
    function fire(uint64 session, uint64 maxFirings) internal returns (IRules.Status status, uint64 firings, IRules.Result[] memory results) {
        return RULES.fire(session, maxFirings);
    }

    /// @notice Clears a session; call again until it is done.
    function close(uint64 session) internal returns (bool done) {
        return RULES.close(session);
    }

    /// @notice Runs the rules on packed facts within this call: nothing stays.
    function run(bytes[] memory facts) internal view returns (IRules.Result[] memory results, IRules.Fact[] memory left) {
        return RULES.run(MODEL, facts);
    }

    /// @notice A fact as the rules take it.
    function pack(Order memory v) internal pure returns (bytes memory b) {
        b = hex"0000";
        b = bytes.concat(b, _packNumber(v.id, 0));
        b = bytes.concat(b, _packNumber(v.customer, 0));
        b = bytes.concat(b, _packNumber(v.amountE2, -2));
        b = bytes.concat(b, _packText(0x02, v.country));
    }

    /// @notice Inserts a fact; what rules make of it waits for fire.
    function insert(uint64 session, Order memory fact) internal returns (uint64 id) {
        return RULES.insert(session, pack(fact));
    }

    /// @notice Inserts several facts, in order.
    function insertMany(uint64 session, Order[] memory facts) internal returns (uint64[] memory ids) {
        bytes[] memory packed = new bytes[](facts.length);
        for (uint256 i = 0; i < facts.length; i++) packed[i] = pack(facts[i]);
        return RULES.insertMany(session, packed);
    }

    /// @notice Changes a fact, which keeps its number and is new to every rule.
    function update(uint64 session, uint64 id, Order memory fact) internal {
        RULES.update(session, id, pack(fact));
    }

    /// @notice Reads the slots of a fact of this template.
    function readOrder(bytes memory slots) internal pure returns (Order memory v) {
        WireReader memory r = WireReader(slots, 0);
        v.id = _readNumber(r, 0, "id");
        v.customer = _readNumber(r, 0, "customer");
        v.amountE2 = _readNumber(r, 2, "amount");
        v.country = _readText(r, 0x02, "country");
        _end(r);
    }

    /// @notice Lists facts of this template, looking at limit facts of the session from cursor on; next is 0 at the end.
    function queryOrder(uint64 session, uint64 cursor, uint64 limit) internal view returns (Order[] memory facts, uint64[] memory ids, uint64 next) {
        IRules.Fact[] memory page;
        (page, next) = RULES.query(session, TEMPLATE_Order, cursor, limit);
        facts = new Order[](page.length);
        ids = new uint64[](page.length);
        for (uint256 i = 0; i < page.length; i++) (facts[i], ids[i]) = (readOrder(page[i].slots), page[i].id);
    }

    /// @notice A fact as the rules take it.
    function pack(Flag memory v) internal pure returns (bytes memory b) {
        b = hex"0001";
        b = bytes.concat(b, _packNumber(v.order, 0));
        b = bytes.concat(b, _packNumber(v.customer, 0));
        b = bytes.concat(b, _packText(0x02, v.reason));
    }

    /// @notice Inserts a fact; what rules make of it waits for fire.
    function insert(uint64 session, Flag memory fact) internal returns (uint64 id) {
        return RULES.insert(session, pack(fact));
    }

    /// @notice Inserts several facts, in order.
    function insertMany(uint64 session, Flag[] memory facts) internal returns (uint64[] memory ids) {
        bytes[] memory packed = new bytes[](facts.length);
        for (uint256 i = 0; i < facts.length; i++) packed[i] = pack(facts[i]);
        return RULES.insertMany(session, packed);
    }

    /// @notice Changes a fact, which keeps its number and is new to every rule.
    function update(uint64 session, uint64 id, Flag memory fact) internal {
        RULES.update(session, id, pack(fact));
    }

    /// @notice Reads the slots of a fact of this template.
    function readFlag(bytes memory slots) internal pure returns (Flag memory v) {
        WireReader memory r = WireReader(slots, 0);
        v.order = _readNumber(r, 0, "order");
        v.customer = _readNumber(r, 0, "customer");
        v.reason = _readText(r, 0x02, "reason");
        _end(r);
    }

    /// @notice Lists facts of this template, looking at limit facts of the session from cursor on; next is 0 at the end.
    function queryFlag(uint64 session, uint64 cursor, uint64 limit) internal view returns (Flag[] memory facts, uint64[] memory ids, uint64 next) {
        IRules.Fact[] memory page;
        (page, next) = RULES.query(session, TEMPLATE_Flag, cursor, limit);
        facts = new Flag[](page.length);
        ids = new uint64[](page.length);
        for (uint256 i = 0; i < page.length; i++) (facts[i], ids[i]) = (readFlag(page[i].slots), page[i].id);
    }

    /// @notice A fact as the rules take it.
    function pack(Watch memory v) internal pure returns (bytes memory b) {
        b = hex"0002";
        b = bytes.concat(b, _packNumber(v.customer, 0));
        b = bytes.concat(b, _packNumber(v.flags, 0));
    }

    /// @notice Inserts a fact; what rules make of it waits for fire.
    function insert(uint64 session, Watch memory fact) internal returns (uint64 id) {
        return RULES.insert(session, pack(fact));
    }

    /// @notice Inserts several facts, in order.
    function insertMany(uint64 session, Watch[] memory facts) internal returns (uint64[] memory ids) {
        bytes[] memory packed = new bytes[](facts.length);
        for (uint256 i = 0; i < facts.length; i++) packed[i] = pack(facts[i]);
        return RULES.insertMany(session, packed);
    }

    /// @notice Changes a fact, which keeps its number and is new to every rule.
    function update(uint64 session, uint64 id, Watch memory fact) internal {
        RULES.update(session, id, pack(fact));
    }

    /// @notice Reads the slots of a fact of this template.
    function readWatch(bytes memory slots) internal pure returns (Watch memory v) {
        WireReader memory r = WireReader(slots, 0);
        v.customer = _readNumber(r, 0, "customer");
        v.flags = _readNumber(r, 0, "flags");
        _end(r);
    }

    /// @notice Lists facts of this template, looking at limit facts of the session from cursor on; next is 0 at the end.
    function queryWatch(uint64 session, uint64 cursor, uint64 limit) internal view returns (Watch[] memory facts, uint64[] memory ids, uint64 next) {
        IRules.Fact[] memory page;
        (page, next) = RULES.query(session, TEMPLATE_Watch, cursor, limit);
        facts = new Watch[](page.length);
        ids = new uint64[](page.length);
        for (uint256 i = 0; i < page.length; i++) (facts[i], ids[i]) = (readWatch(page[i].slots), page[i].id);
    }

    /// @notice Whether a result is "suspicious".
    function isSuspiciousResult(IRules.Result memory result) internal pure returns (bool) {
        return keccak256(bytes(result.name)) == 0x0153c14b520cc5e521cfb7d7fd6c5a1ae978c87b01bdfb26525db7be5c11e7ac;
    }

    /// @notice Reads the fields of such a result.
    function readSuspiciousResult(IRules.Result memory result) internal pure returns (SuspiciousResult memory v) {
        WireReader memory r = WireReader(result.fields, 0);
        v = _readSuspiciousResult(r);
        _end(r);
    }

    function _readSuspiciousResult(WireReader memory r) private pure returns (SuspiciousResult memory v) {
        _expect(r, 0x0c, "SuspiciousResult");
        uint256 found = 0;
        for (uint256 n = _take(r, 2); n > 0; n--) {
            bytes32 key = _key(r);
            if (key == 0x21c0107378acb490e7190da71596effe409c128f08adcc5467b293f1f3a66431) {
                v.order = _readNumber(r, 0, "order");
                found |= 1 << 0;
                continue;
            }
            if (key == 0xff92fcfc643524468d06f3b1b0009c6839aa65507d92d305e79e5586a18dcb72) {
                v.customer = _readNumber(r, 0, "customer");
                found |= 1 << 1;
                continue;
            }
            if (key == 0x4fda776b48d37b131aef5221e52de092c5693df8fdf02fd7acf293a075aa3be4) {
                v.reason = _readText(r, 0x02, "reason");
                found |= 1 << 2;
                continue;
            }
            _skip(r);
        }
        if (found != (1 << 3) - 1) revert NoResult("SuspiciousResult");
    }

    /// @dev A place in the wire form of a value.
    struct WireReader {
        bytes data;
        uint256 place;
    }

    function _take(WireReader memory r, uint256 n) private pure returns (uint256 v) {
        bytes memory data = r.data;
        uint256 place = r.place;
        if (place + n > data.length) revert Malformed();
        assembly ("memory-safe") {
            v := shr(sub(256, mul(8, n)), mload(add(add(data, 32), place)))
        }
        r.place = place + n;
    }

    function _expect(WireReader memory r, uint256 tag, string memory name) private pure {
        uint256 found = _take(r, 1);
        if (found == 0) revert NoResult(name);
        if (found != tag) revert Malformed();
    }

    function _slice(WireReader memory r, uint256 from, uint256 to) private pure returns (bytes memory part) {
        if (to > r.data.length) revert Malformed();
        part = new bytes(to - from);
        bytes memory data = r.data;
        assembly ("memory-safe") {
            mcopy(add(part, 32), add(add(data, 32), from), sub(to, from))
        }
        r.place = to;
    }

    function _key(WireReader memory r) private pure returns (bytes32) {
        uint256 length = _take(r, 2);
        return keccak256(_slice(r, r.place, r.place + length));
    }

    function _skip(WireReader memory r) private pure {
        uint256 tag = _take(r, 1);
        if (tag == 0x01) {
            r.place += 18;
        } else if (tag == 0x02 || tag == 0x06 || tag == 0x07) {
            r.place += _take(r, 4);
        } else if (tag == 0x05 || tag == 0x08 || tag == 0x0a) {
            r.place += 8;
        } else if (tag == 0x09) {
            r.place += 12;
        } else if (tag == 0x0b) {
            for (uint256 n = _take(r, 4); n > 0; n--) _skip(r);
        } else if (tag == 0x0c) {
            for (uint256 n = _take(r, 2); n > 0; n--) {
                r.place += _take(r, 2);
                _skip(r);
            }
        } else if (tag == 0x0d) {
            r.place += 2;
            _skip(r);
            _skip(r);
        } else if (tag > 0x04) {
            revert Malformed();
        }
    }

    function _end(WireReader memory r) private pure {
        if (r.place != r.data.length) revert Malformed();
    }

    /// @dev A number times 10 to the power of decimals; what does not fit is rounded half to even, as FEEL rounds.
    function _readNumber(WireReader memory r, int256 decimals, string memory name) private pure returns (int128) {
        _expect(r, 0x01, name);
        int256 exponent = int256(int16(uint16(_take(r, 2)))) + decimals;
        int256 v = int256(int128(uint128(_take(r, 16))));
        if (exponent > 38 && v != 0) revert OutOfRange(name);
        if (exponent < -38 || v == 0) return 0;
        if (exponent >= 0) {
            v *= int256(10 ** uint256(exponent));
        } else {
            int256 unit = int256(10 ** uint256(-exponent));
            int256 rest = v % unit;
            v /= unit;
            int256 twice = 2 * (rest < 0 ? -rest : rest);
            if (twice > unit || (twice == unit && v % 2 != 0)) v += rest > 0 ? int256(1) : -1;
        }
        if (v > type(int128).max || v < type(int128).min) revert OutOfRange(name);
        return int128(v);
    }

    function _readText(WireReader memory r, uint256 tag, string memory name) private pure returns (string memory) {
        _expect(r, tag, name);
        uint256 length = _take(r, 4);
        return string(_slice(r, r.place, r.place + length));
    }

    function _readBool(WireReader memory r, string memory name) private pure returns (bool) {
        uint256 tag = _take(r, 1);
        if (tag == 0) revert NoResult(name);
        if (tag != 0x03 && tag != 0x04) revert Malformed();
        return tag == 0x04;
    }

    function _readInt64(WireReader memory r, uint256 tag, string memory name) private pure returns (int64) {
        _expect(r, tag, name);
        return int64(uint64(_take(r, 8)));
    }

    function _readDuration(WireReader memory r, string memory name) private pure returns (int64 v) {
        v = _readInt64(r, 0x09, name);
        if (_take(r, 4) != 0) revert OutOfRange(name);
    }

    function _readAny(WireReader memory r) private pure returns (bytes memory) {
        uint256 from = r.place;
        _skip(r);
        return _slice(r, from, r.place);
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
}
