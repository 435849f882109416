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
