// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.20;

/// What the tests of compiled contracts and of the command line need, and no more.
contract Ledger {
    struct Entry { address who; uint64 place; string note; }

    error NotOwner(address caller);

    event Written(address indexed who, string note, uint256 value);

    address public owner;
    uint256 public total;
    Entry[] private entries;

    constructor(address first, uint256 start) payable {
        owner = first;
        total = start;
    }

    function write(string calldata note, uint256 value) external payable {
        require(value > 0, "value is zero");
        total += value;
        entries.push(Entry(msg.sender, uint64(entries.length), note));
        emit Written(msg.sender, note, value);
    }

    function all() external view returns (Entry[] memory, uint256) {
        return (entries, total);
    }

    function close() external {
        if (msg.sender != owner) revert NotOwner(msg.sender);
        total = 0;
    }
}

interface ILedger {
    function total() external view returns (uint256);
}
