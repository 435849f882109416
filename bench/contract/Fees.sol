// SPDX-License-Identifier: Apache-2.0
// Made by `cybermiles rules bind`. Do not edit.
pragma solidity ^0.8.28;

import {IRules} from "@cybermiles/contracts/rules/IRules.sol";

/// @title Decision "Fee" of the model "Fees"
/// @dev A number's name ends in the power of ten that it is scaled by: rateE4 counts ten-thousandths. Dates are days,
/// dates and times and durations seconds, since 1970-01-01 where they are moments. bytes are values in the wire form.
library Fees {
    /// @notice The model, pinned by its hash: what it answers never changes.
    bytes32 internal constant MODEL = 0x9011ed53e25d41ae50c8cd8dc05f23329f356997615d614375d7dda51821b0ef;
    string internal constant DECISION = "Fee";
    IRules internal constant RULES = IRules(0x000000000000000000000000000000000000c101);

    /// @notice The model answers null where a value is needed: no rule matched, or an input was out of its type.
    error NoResult(string what);
    /// @notice The value does not fit the type of its field.
    error OutOfRange(string what);
    /// @notice The answer has another type than the model declares.
    error Malformed();

    struct Input {
        string level; // "Level"
        int128 amount; // "Amount"
        bool first; // "First"
    }

    struct Output {
        int128 feeE2; // "Fee"
    }

    /// @notice Evaluates the decision.
    function evaluate(Input memory input) internal view returns (Output memory output) {
        return unpack(RULES.evaluate(MODEL, DECISION, pack(input)));
    }

    /// @notice Evaluates the decision for several inputs in one call.
    function evaluateBatch(Input[] memory inputs) internal view returns (Output[] memory outputs) {
        bytes[] memory packed = new bytes[](inputs.length);
        for (uint256 i = 0; i < inputs.length; i++) packed[i] = pack(inputs[i]);
        packed = RULES.evaluateBatch(MODEL, DECISION, packed);
        outputs = new Output[](inputs.length);
        for (uint256 i = 0; i < inputs.length; i++) outputs[i] = unpack(packed[i]);
    }

    /// @notice The inputs in the wire form.
    function pack(Input memory input) internal pure returns (bytes memory) {
        return _packInput(input);
    }

    /// @notice Reads what the decision answers.
    function unpack(bytes memory data) internal pure returns (Output memory output) {
        WireReader memory r = WireReader(data, 0);
        output.feeE2 = _readNumber(r, 2, "Fee");
        _end(r);
    }

    function _packInput(Input memory v) private pure returns (bytes memory b) {
        b = hex"0c0003";
        b = bytes.concat(b, hex"00054c6576656c", _packText(0x02, v.level));
        b = bytes.concat(b, hex"0006416d6f756e74", _packNumber(v.amount, 0));
        b = bytes.concat(b, hex"00054669727374", _packBool(v.first));
    }

    function _readOutput(WireReader memory r) private pure returns (Output memory v) {
        _expect(r, 0x0c, "Output");
        uint256 found = 0;
        for (uint256 n = _take(r, 2); n > 0; n--) {
            bytes32 key = _key(r);
            if (key == 0x9b4a939ba8b73e791956da6c7a927675a3fadf8743d1b370cd4fee92bcc40bbc) {
                v.feeE2 = _readNumber(r, 2, "Fee");
                found |= 1 << 0;
                continue;
            }
            _skip(r);
        }
        if (found != (1 << 1) - 1) revert NoResult("Output");
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
