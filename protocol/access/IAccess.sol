// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title Access
/// @notice Says who may send transactions and who may deploy contracts on a private network.
/// @custom:address 0x000000000000000000000000000000000000c00a
interface IAccess {
    /// @notice Whom a right is given to.
    enum Mode {
        /// everybody has it
        Everyone,
        /// listed accounts and administrators have it
        Listed
    }

    /// @notice What an account can be listed as.
    enum Role {
        /// may send transactions where only listed accounts may
        Sender,
        /// may deploy contracts where only listed accounts may
        Deployer,
        /// may do both, and changes modes and the other lists
        Administrator
    }

    /// @notice The modes have been set.
    /// @param senders who may send transactions
    /// @param deployers who may deploy contracts
    event ModesChanged(Mode senders, Mode deployers);

    /// @notice An account has been listed.
    /// @param role as what
    /// @param account which
    event Added(Role indexed role, address indexed account);

    /// @notice An account is no longer listed.
    /// @param role as what it was
    /// @param account which
    event Removed(Role indexed role, address indexed account);

    /// @notice Only governance or an administrator may do this; only governance names administrators.
    /// @param account that called
    error NotAllowed(address account);

    /// @notice There is no such mode or role.
    /// @param value that was given
    error Unknown(uint8 value);

    /// @notice Nobody could send transactions any more; list a sender or an administrator first.
    error NobodyLeft();

    /// @notice Sets who may send and who may deploy; administrators and governance may.
    /// @param senders who may send transactions
    /// @param deployers who may deploy contracts
    function setModes(Mode senders, Mode deployers) external;

    /// @notice Lists accounts; administrators and governance may, administrators are listed by governance only.
    /// @param role as what
    /// @param accounts which; those that are listed stay so
    function add(Role role, address[] calldata accounts) external;

    /// @notice Takes accounts off a list; administrators and governance may, administrators are taken off by governance,
    /// and each by itself.
    /// @param role as what they were listed
    /// @param accounts which; those that are not listed stay so
    function remove(Role role, address[] calldata accounts) external;

    /// @notice The modes.
    /// @return senders who may send transactions
    /// @return deployers who may deploy contracts
    function modes() external view returns (Mode senders, Mode deployers);

    /// @notice Whether an account's transactions are accepted.
    /// @param account which
    /// @return allowed whether they are
    function maySend(address account) external view returns (bool allowed);

    /// @notice Whether an account's transactions may create contracts.
    /// @param account which signs the transaction
    /// @return allowed whether they may
    function mayDeploy(address account) external view returns (bool allowed);

    /// @notice Whether an account is on a list.
    /// @param role which list
    /// @param account which
    /// @return listed whether it is
    function isListed(Role role, address account) external view returns (bool listed);

    /// @notice How many accounts are on a list.
    /// @param role which list
    /// @return count of them
    function listedCount(Role role) external view returns (uint256 count);

    /// @notice Accounts on a list, in no particular order; removing changes the order.
    /// @param role which list
    /// @param cursor number of the first, from 0
    /// @param limit most that are returned, at most 1,000
    /// @return accounts of them
    function listed(Role role, uint256 cursor, uint256 limit) external view returns (address[] memory accounts);
}
