// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title Lockup
/// @notice Keeps coins locked until a time. They are in this contract's balance, so that nothing can spend them before;
/// their owner may stake them.
/// @custom:address 0x000000000000000000000000000000000000c002
interface ILockup {
    /// @notice Coins that are locked until a time.
    struct Lock {
        /// The lock's number.
        uint64 id;
        /// Whose coins they are.
        address account;
        /// How many, in wei. What the account lost by slashing is not taken off here, see `holding`.
        uint256 amountWei;
        /// When the lock ends, in seconds since 1970.
        uint64 until;
        /// What the genesis calls it, empty for others.
        string label;
    }

    /// @notice Locked coins of one account or of all, in wei.
    struct Holding {
        /// Under a lock that has not ended, what is staked included: held + staked − ended.
        uint256 lockedWei;
        /// In this contract.
        uint256 heldWei;
        /// Staked.
        uint256 stakedWei;
        /// Among the staked coins, those whose lock has ended: they go to the account when they come back.
        uint256 endedWei;
        /// Lost by slashing and not yet taken off a lock. It comes off the lock that ends first.
        uint256 lostWei;
    }

    /// @notice Coins were locked.
    /// @param id the lock's number
    /// @param account whose coins they are
    /// @param from who paid them
    /// @param amountWei how many, in wei
    /// @param until when the lock ends, in seconds since 1970
    event Locked(uint64 indexed id, address indexed account, address indexed from, uint256 amountWei, uint64 until);

    /// @notice A lock has ended and its coins went to their owner.
    /// @param id the lock's number
    /// @param account whose coins they are
    /// @param paidWei how many were paid, in wei
    /// @param stakedWei how many are still staked and will be paid when they come back, in wei
    /// @param lostWei how many were lost by slashing, in wei
    event Released(uint64 indexed id, address indexed account, uint256 paidWei, uint256 stakedWei, uint256 lostWei);

    /// @notice Locked coins were staked.
    /// @param account whose coins they are
    /// @param amountWei how many, in wei
    event Taken(address indexed account, uint256 amountWei);

    /// @notice Staked coins came back.
    /// @param account whose coins they are
    /// @param amountWei how many, in wei
    /// @param paidWei those among them that went to the account at once since their lock has ended, in wei
    event Returned(address indexed account, uint256 amountWei, uint256 paidWei);

    /// @notice Staked coins were lost by slashing.
    /// @param account whose coins they were
    /// @param amountWei how many, in wei
    event Lost(address indexed account, uint256 amountWei);

    /// @notice There is no such lock, or it has been released.
    /// @param id the number that was given
    error UnknownLock(uint64 id);

    /// @notice The lock has not ended; wait until `until`.
    /// @param id the lock's number
    /// @param until when it ends, in seconds since 1970
    error StillLocked(uint64 id, uint64 until);

    /// @notice Too few coins came with the call; send at least `leastWei`.
    /// @param amountWei what came, in wei
    /// @param leastWei the least that can be locked, in wei
    error TooLittle(uint256 amountWei, uint256 leastWei);

    /// @notice The time is not between now and a hundred years from now; give seconds since 1970.
    /// @param until the time that was given
    /// @param latest the latest possible time, in seconds since 1970
    error NotAnEnd(uint64 until, uint64 latest);

    /// @notice The account cannot own locked coins; name another one.
    /// @param account the account that was named
    error NotAnAccount(address account);

    /// @notice Locks the coins that come with the call for an account. Nobody can undo it.
    /// @param account who gets them when the lock ends, and may stake them before
    /// @param until when the lock ends, in seconds since 1970, within a hundred years
    /// @return id the lock's number
    function lock(address account, uint64 until) external payable returns (uint64 id);

    /// @notice Sends the coins of a lock that has ended to their owner. Anyone may call it; the chain itself does so at
    /// the end of the block in which a lock ends.
    /// @param id the lock's number
    function release(uint64 id) external;

    /// @notice Releases the lock that ended first.
    /// @custom:system at the end of a block when a lock has ended
    function releaseNext() external;

    /// @notice Locked coins of an account, those that are staked included.
    /// @param account whose
    /// @return amountWei in wei
    function locked(address account) external view returns (uint256 amountWei);

    /// @notice Where the locked coins of an account are.
    /// @param account whose
    /// @return coins by place
    function holding(address account) external view returns (Holding memory coins);

    /// @notice Where the locked coins of all accounts are.
    /// @return coins by place
    function totals() external view returns (Holding memory coins);

    /// @notice A lock.
    /// @param id its number
    /// @return found the lock
    function lockOf(uint64 id) external view returns (Lock memory found);

    /// @notice Locks of all accounts, the one that ends first at the head.
    /// @param cursor 0 at first, then `next` of the page before
    /// @param limit how many at most
    /// @return list the locks
    /// @return next where the next page begins, 0 when there is none
    function locks(uint256 cursor, uint64 limit) external view returns (Lock[] memory list, uint256 next);

    /// @notice Locks of one account, the one that ends first at the head.
    /// @param account whose
    /// @param cursor 0 at first, then `next` of the page before
    /// @param limit how many at most
    /// @return list the locks
    /// @return next where the next page begins, 0 when there is none
    function locksOf(address account, uint256 cursor, uint64 limit) external view returns (Lock[] memory list, uint256 next);

    /// @notice The network's rules for locks.
    /// @return leastWei the least that `lock` takes, in wei
    /// @return mayStake whether locked coins can be staked on this network
    function rules() external view returns (uint256 leastWei, bool mayStake);
}
