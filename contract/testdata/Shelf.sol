// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// The interface that package contract's tests implement in Go.
interface IShelf {
    enum State { Empty, Offered, Sold }

    struct Item {
        address owner;
        uint64 price;
        State state;
        bool fragile;
        uint128 weight;
        int32 shift;
        bytes4 code;
        string title;
        uint16[] sizes;
        uint64[3] marks;
    }

    event Placed(address indexed owner, uint256 indexed id, string title, uint16[] sizes);
    event Named(string indexed name, bytes data);

    error NotOwner(address caller, uint256 id);

    function place(uint256 id, Item calldata item) external payable;
    function item(uint256 id) external view returns (Item memory);
    function take(uint256 id) external;
    function total() external view returns (uint256);
    function total(address owner) external view returns (uint256);
    function push(uint24 value) external returns (uint256 length);
    function pop() external returns (uint24 value);
    function list() external view returns (uint24[] memory);
    function rename(string calldata name, bytes calldata data) external;
    function allow(address owner, address spender, int256 amount) external;
    function allowance(address owner, address spender) external view returns (int256);
    function nested(Item[] calldata items, uint8[2][] calldata pairs) external view returns (uint256 count, string[] memory titles);
    function setFlags(bool a, uint8 b, int64 c, bytes32 d) external;
    function forward(address to, bytes calldata data) external returns (bytes memory);
    function order(uint32 key) external returns (bool);
    function ordered(uint32 key) external view returns (bool);
}

/// The same in Solidity: both must leave the same storage behind.
contract Shelf is IShelf {
    bool a;
    uint8 b;
    int64 c;
    bytes32 d;
    mapping(uint256 => Item) items;
    mapping(address => uint256) totals;
    uint24[] values;
    uint256 count;
    string name;
    mapping(bytes => bytes) notes;
    mapping(address => mapping(address => int256)) allowances;
    uint128 lastWeight;
    mapping(string => uint64[]) history;

    function place(uint256 id, Item calldata item_) external payable {
        items[id] = item_;
        totals[item_.owner] += 1;
        count += 1;
        lastWeight = item_.weight;
        history[item_.title].push(uint64(id));
        emit Placed(item_.owner, id, item_.title, item_.sizes);
    }

    function item(uint256 id) external view returns (Item memory) { return items[id]; }

    function take(uint256 id) external {
        if (items[id].owner != msg.sender) revert NotOwner(msg.sender, id);
        delete items[id];
        totals[msg.sender] -= 1;
        count -= 1;
    }

    function total() external view returns (uint256) { return count; }
    function total(address owner) external view returns (uint256) { return totals[owner]; }
    function push(uint24 value) external returns (uint256) { values.push(value); return values.length; }
    function pop() external returns (uint24 value) { value = values[values.length - 1]; values.pop(); }
    function list() external view returns (uint24[] memory) { return values; }

    function rename(string calldata name_, bytes calldata data) external {
        name = name_;
        notes[data] = bytes(name_);
        emit Named(name_, data);
    }

    function allow(address owner, address spender, int256 amount) external { allowances[owner][spender] = amount; }
    function allowance(address owner, address spender) external view returns (int256) { return allowances[owner][spender]; }

    function nested(Item[] calldata items_, uint8[2][] calldata pairs) external pure returns (uint256 n, string[] memory titles) {
        titles = new string[](items_.length);
        for (uint256 i; i < items_.length; i++) titles[i] = items_[i].title;
        for (uint256 i; i < pairs.length; i++) n += uint256(pairs[i][0]) * pairs[i][1];
    }

    function setFlags(bool a_, uint8 b_, int64 c_, bytes32 d_) external { a = a_; b = b_; c = c_; d = d_; }

    function forward(address to, bytes calldata data) external returns (bytes memory) {
        (bool ok, bytes memory out) = to.call(data);
        require(ok);
        return out;
    }

    // An ordered index has no twin in Solidity.
    function order(uint32) external pure returns (bool) { revert(); }
    function ordered(uint32) external pure returns (bool) { revert(); }
}
