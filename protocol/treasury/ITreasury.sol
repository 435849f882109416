// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title Treasury
/// @notice Holds common coins, which only governance spends: at once, or as grants that are paid little by little.
/// @custom:address 0x000000000000000000000000000000000000c005
interface ITreasury {
    /// @notice A payment that was made at once.
    struct Spending {
        /// who got it
        address to;
        /// when, in seconds since 1970
        uint64 spentAt;
        /// how much, in wei
        uint256 amountWei;
        /// what for
        string memo;
    }

    /// @notice Coins that become payable evenly over a time.
    struct Grant {
        /// who gets them
        address beneficiary;
        /// how much in all, in wei
        uint256 amountWei;
        /// how much has been paid, in wei
        uint256 paidWei;
        /// when the first becomes payable, in seconds since 1970
        uint64 startTime;
        /// how long until all is payable, in seconds
        uint64 durationSeconds;
        /// what for
        string memo;
    }

    /// @notice Coins have come in by a call.
    /// @param from who sent them
    /// @param amountWei how much
    /// @param memo what for, empty for a plain transfer
    event Received(address indexed from, uint256 amountWei, string memo);

    /// @notice Governance has spent.
    /// @param number of the spending, from 0
    /// @param to who got it
    /// @param amountWei how much
    /// @param memo what for
    event Spent(uint256 indexed number, address indexed to, uint256 amountWei, string memo);

    /// @notice Governance has made a grant.
    /// @param number of the grant, from 0
    /// @param beneficiary who gets it
    /// @param amountWei how much in all
    /// @param startTime when the first becomes payable
    /// @param durationSeconds seconds until all is payable
    /// @param memo what for
    event Granted(
        uint256 indexed number,
        address indexed beneficiary,
        uint256 amountWei,
        uint64 startTime,
        uint64 durationSeconds,
        string memo
    );

    /// @notice A part of a grant has been paid.
    /// @param number of the grant
    /// @param beneficiary who got it
    /// @param amountWei how much
    event GrantPaid(uint256 indexed number, address indexed beneficiary, uint256 amountWei);

    /// @notice Governance has ended a grant; what was payable has been paid.
    /// @param number of the grant
    /// @param keptWei what stays in the treasury
    event GrantEnded(uint256 indexed number, uint256 keptWei);

    /// @notice Only governance may do this: make a proposal.
    /// @param account that called
    error OnlyGovernance(address account);

    /// @notice The treasury has not so much that is free of grants.
    /// @param amountWei that was asked for
    /// @param freeWei that there is
    error NotEnough(uint256 amountWei, uint256 freeWei);

    /// @notice Coins cannot be paid to this account.
    /// @param to the zero address or the treasury itself
    error WrongReceiver(address to);

    /// @notice The memo is too long.
    /// @param length in bytes
    /// @param limit of bytes
    error MemoTooLong(uint256 length, uint256 limit);

    /// @notice A grant is more than nothing and takes from one second to ten years.
    /// @param amountWei that was given
    /// @param durationSeconds that was given, in seconds
    error WrongGrant(uint256 amountWei, uint64 durationSeconds);

    /// @notice There is no such grant.
    /// @param number that was asked for
    error NoSuchGrant(uint256 number);

    /// @notice Nothing of the grant can be paid at present.
    /// @param number of the grant
    error NothingPayable(uint256 number);

    /// @notice Adds coins.
    receive() external payable;

    /// @notice Adds coins and says what for.
    /// @param memo at most 256 bytes
    function deposit(string calldata memo) external payable;

    /// @notice Pays coins; only governance may.
    /// @param to who gets them
    /// @param amountWei how much
    /// @param memo what for, at most 256 bytes
    function spend(address to, uint256 amountWei, string calldata memo) external;

    /// @notice Sets coins aside that become payable second by second; only governance may.
    /// @param beneficiary who gets them
    /// @param amountWei how much in all
    /// @param startTime when the first becomes payable, in seconds since 1970; 0 is now
    /// @param durationSeconds seconds until all is payable
    /// @param memo what for, at most 256 bytes
    /// @return number of the grant
    function grant(
        address beneficiary,
        uint256 amountWei,
        uint64 startTime,
        uint64 durationSeconds,
        string calldata memo
    ) external returns (uint256 number);

    /// @notice Pays what is payable of a grant to its beneficiary; anyone may.
    /// @param number of the grant
    /// @return amountWei how much that was
    function payGrant(uint256 number) external returns (uint256 amountWei);

    /// @notice Ends a grant: pays what is payable and keeps the rest; only governance may.
    /// @param number of the grant
    function endGrant(uint256 number) external;

    /// @notice Coins that governance may spend.
    /// @return amountWei the balance less what grants are owed
    function freeWei() external view returns (uint256 amountWei);

    /// @notice Coins set aside for grants and not paid.
    /// @return amountWei of all grants together
    function reservedWei() external view returns (uint256 amountWei);

    /// @notice Coins that have been spent, grants' payments included.
    /// @return amountWei since genesis
    function spentWei() external view returns (uint256 amountWei);

    /// @notice How many spendings there have been.
    /// @return count of them
    function spendingCount() external view returns (uint256 count);

    /// @notice Spendings from a number on.
    /// @param cursor number of the first, from 0
    /// @param limit most that are returned, at most 100
    /// @return page of them
    function spendings(uint256 cursor, uint256 limit) external view returns (Spending[] memory page);

    /// @notice How many grants there have been.
    /// @return count of them
    function grantCount() external view returns (uint256 count);

    /// @notice Grants from a number on.
    /// @param cursor number of the first, from 0
    /// @param limit most that are returned, at most 100
    /// @return page of them
    function grants(uint256 cursor, uint256 limit) external view returns (Grant[] memory page);

    /// @notice What of a grant could be paid now.
    /// @param number of the grant
    /// @return amountWei how much
    function payableWei(uint256 number) external view returns (uint256 amountWei);
}
