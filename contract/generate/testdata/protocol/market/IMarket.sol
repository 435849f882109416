// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title Market
/// @notice An example that has everything the generator must understand: stalls are rented, goods are sold.
/// @custom:address 0x000000000000000000000000000000000000cfff
interface IMarket {
    /// @notice Where a stall stands.
    enum State {
        /// Nobody has rented it.
        Free,
        /// Somebody sells there.
        Open,
        /// It was closed by its owner.
        Closed
    }

    /// @notice A stall and who sells there.
    struct Stall {
        /// Number of the stall.
        uint64 id;
        /// Who has rented it.
        address owner;
        /// Rent for a day.
        uint128 rentWei;
        /// When the rent runs out.
        uint64 paidUntil;
        /// Share of each sale that the market keeps.
        uint16 feeBps;
        /// Where the stall stands.
        State state;
        /// Name on its sign.
        string name;
    }

    /// @notice One kind of goods.
    struct Goods {
        /// What they are.
        bytes32 item;
        /// Price of one.
        uint256 priceWei;
    }

    /// @notice A stall was rented.
    /// @param id number of the stall
    /// @param owner who has rented it
    /// @param paidWei rent that was paid
    event Rented(uint64 indexed id, address indexed owner, uint256 paidWei);

    /// @notice Goods were offered.
    /// @param id number of the stall
    /// @param goods what is offered
    event Offered(uint64 indexed id, Goods[] goods);

    /// @notice The rent is too low; send at least the rent of one day.
    /// @param sentWei what was sent
    /// @param rentWei rent of one day
    error RentTooLow(uint256 sentWei, uint256 rentWei);

    /// @notice There is no such stall; `stalls` lists those there are.
    /// @param id number that was asked for
    error StallMissing(uint64 id);

    /// @notice Only the stall's owner may do this.
    error NotOwner();

    /// @notice Rents a stall with what is sent along.
    /// @dev The rent is kept for whole days; the rest is sent back.
    /// @param id number of the stall
    /// @param name name for its sign
    /// @return paidUntil when the rent runs out
    function rent(uint64 id, string calldata name) external payable returns (uint64 paidUntil);

    /// @notice Offers goods at a stall.
    /// @param id number of the stall
    /// @param goods what is offered
    /// @param tags words to find them by
    function offer(uint64 id, Goods[] calldata goods, string[] calldata tags) external;

    /// @notice Changes what a stall costs from a time on.
    /// @param id number of the stall
    /// @param rentWei rent for a day
    /// @param validFromTime when the new rent begins
    /// @param open whether the stall can be rented
    function setRent(uint64 id, uint128 rentWei, uint64 validFromTime, bool open) external;

    /// @notice Closes the caller's only stall.
    function close() external;

    /// @notice Closes one of the caller's stalls.
    /// @param id number of the stall
    function close(uint64 id) external;

    /// @notice Closes stalls whose rent has run out.
    /// @param market a parameter that is called as the contract
    /// @custom:system at the end of a day
    function sweep(uint64 market) external;

    /// @notice A stall by its number.
    /// @param id number of the stall
    /// @return found the stall
    function stall(uint64 id) external view returns (Stall memory found);

    /// @notice All stalls in the order of their numbers.
    /// @param from number of the first
    /// @param limit how many at most
    /// @return list the stalls
    /// @return total how many there are in all
    function stalls(uint64 from, uint64 limit) external view returns (Stall[] memory list, uint256 total);

    /// @notice Takings of an account.
    /// @param owner whose
    /// @return amountWei what it has taken
    /// @return lastSaleTime when it sold last
    function takings(address owner) external view returns (uint256 amountWei, uint64 lastSaleTime);

    /// @notice Name of the clock by EIP-6372.
    /// @return mode the clock's description
    function CLOCK_MODE() external view returns (string memory mode);

    /// @notice Keepers of the market.
    /// @return their accounts
    function keepers() external view returns (address[] memory);
}
