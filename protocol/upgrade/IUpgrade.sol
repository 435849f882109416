// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title Upgrade
/// @notice Plans the change to a new version of the program at a height, and switches contracts in Go on and off.
/// @custom:address 0x000000000000000000000000000000000000c009
interface IUpgrade {
    /// @notice A change to a new version.
    struct Plan {
        /// what programs must know to go on, empty when nothing is planned
        string name;
        /// first height that is executed by the new version
        uint64 height;
        /// where to find the program, for people
        string info;
    }

    /// @notice An upgrade that has happened.
    struct Applied {
        /// its name
        string name;
        /// first height that was executed by the new version
        uint64 height;
        /// time of that block, in seconds since 1970
        uint64 appliedAt;
    }

    /// @notice An upgrade has been planned.
    /// @param name of it
    /// @param height first that the new version executes
    /// @param info where to find the program
    event Planned(string name, uint64 height, string info);

    /// @notice A planned upgrade has been called off.
    /// @param name of it
    /// @param height it was planned for
    event Canceled(string name, uint64 height);

    /// @notice The chain goes on with the new version.
    /// @param name of the upgrade
    /// @param height first that the new version executes
    event UpgradeApplied(string name, uint64 height);

    /// @notice A contract in Go can be called from the next block on.
    /// @param target its address
    event Activated(address indexed target);

    /// @notice A contract in Go cannot be called any more from the next block on.
    /// @param target its address
    event Retired(address indexed target);

    /// @notice Only governance may do this: make a proposal.
    /// @param account that called
    error OnlyGovernance(address account);

    /// @notice A name has 1 to 64 letters, digits, dots, hyphens and underscores.
    /// @param name that was given
    error WrongName(string name);

    /// @notice This upgrade has happened; take another name.
    /// @param name of it
    /// @param height at which it happened
    error AlreadyApplied(string name, uint64 height);

    /// @notice Another upgrade is planned; call it off first.
    /// @param name of that one
    /// @param height it is planned for
    error AlreadyPlanned(string name, uint64 height);

    /// @notice The height must lie in the future.
    /// @param height that was given
    /// @param present height
    error HeightPassed(uint64 height, uint64 present);

    /// @notice The info is too long.
    /// @param length in bytes
    /// @param limit of bytes
    error InfoTooLong(uint256 length, uint256 limit);

    /// @notice No upgrade is planned, or its height has come.
    error NothingPlanned();

    /// @notice This program has no contract in Go at this address that can be switched on and off.
    /// @param target that was given
    error NotSwitchable(address target);

    /// @notice The contract is in that state already.
    /// @param target its address
    /// @param active whether it can be called
    error NoChange(address target, bool active);

    /// @notice Plans an upgrade: programs that do not know its name stop before the height; only governance may.
    /// @param name of it, never used before
    /// @param height first that the new version executes
    /// @param info where to find the program, at most 1,024 bytes
    function plan(string calldata name, uint64 height, string calldata info) external;

    /// @notice Calls the planned upgrade off before its height; only governance may.
    function cancel() external;

    /// @notice Records that the planned upgrade has happened.
    /// @custom:system in the block of its height
    function applyPlan() external;

    /// @notice Makes a contract in Go callable from the next block on; only governance may.
    /// @param target its address
    function activate(address target) external;

    /// @notice Makes a contract in Go uncallable from the next block on; its storage and coins stay; only governance may.
    /// @param target its address
    function retire(address target) external;

    /// @notice The planned upgrade.
    /// @return next it; its name is empty when nothing is planned
    function planned() external view returns (Plan memory next);

    /// @notice When an upgrade happened.
    /// @param name of it
    /// @return height at which it happened, 0 when it has not
    function appliedAt(string calldata name) external view returns (uint64 height);

    /// @notice How many upgrades there have been.
    /// @return count of them
    function appliedCount() external view returns (uint256 count);

    /// @notice Upgrades that have happened, from a number on.
    /// @param cursor number of the first, from 0
    /// @param limit most that are returned, at most 100
    /// @return page of them
    function applied(uint256 cursor, uint256 limit) external view returns (Applied[] memory page);

    /// @notice The contracts in Go that can be switched on and off.
    /// @return targets their addresses
    function switchable() external view returns (address[] memory targets);

    /// @notice Whether a contract in Go is active in the state.
    /// @param target its address
    /// @return active whether it is
    function isActive(address target) external view returns (bool active);
}
