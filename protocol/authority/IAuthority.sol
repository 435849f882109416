// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title Authority
/// @notice Named validators of a private network, changed by an administrator or by governance; there is no mining.
/// @custom:address 0x000000000000000000000000000000000000c00b
interface IAuthority {
    /// @notice A validator.
    struct Validator {
        /// Number of the validator.
        uint64 id;
        /// Account that speaks for it: it votes, and gets its part of the fees.
        address account;
        /// Ed25519 key with which it signs blocks.
        bytes32 consensusKey;
        /// Its name.
        string name;
        /// Power in consensus, 0 when it was removed.
        uint64 power;
        /// Blocks that it did not sign.
        uint64 missedBlocks;
        /// Time since which it is a validator.
        uint64 since;
        /// Time at which it was removed, 0 when it is a validator.
        uint64 until;
    }

    /// @notice Proof that a validator signed two blocks of one height, from consensus.
    struct Evidence {
        /// Consensus address: the first 20 bytes of the key's SHA-256.
        address validator;
        /// Height at which it signed twice.
        uint64 height;
        /// Seconds since 1970 at which it signed twice.
        uint64 time;
    }

    /// @notice A validator's power has changed; consensus follows.
    /// @param consensusKey ed25519 key
    /// @param power its power from now on, 0 when it leaves
    event PowerChanged(bytes32 indexed consensusKey, uint64 power);
    /// @notice A validator was added.
    /// @param validator its number
    /// @param account who speaks for it
    /// @param name its name
    event ValidatorAdded(uint64 indexed validator, address indexed account, string name);
    /// @notice A validator was removed.
    /// @param validator its number
    event ValidatorRemoved(uint64 indexed validator);
    /// @notice A validator signed twice. Nothing follows from it but what the administrator does.
    /// @param validator its number
    /// @param height at which height
    event SignedTwice(uint64 indexed validator, uint64 height);
    /// @notice Another account administers the validators.
    /// @param administrator who does, 0 when governance alone does
    event AdministratorChanged(address indexed administrator);
    /// @notice Fees were paid out.
    /// @param to to whom
    /// @param amountWei how much
    event FeesPaid(address indexed to, uint256 amountWei);

    /// @notice Only the administrator and governance may do this.
    error NotAdministrator();
    /// @notice There is no such validator; `validators` lists those there are.
    /// @param validator number that was asked for
    error ValidatorMissing(uint64 validator);
    /// @notice The consensus key is or was used by a validator; make a new one.
    /// @param validator who uses it
    error KeyTaken(uint64 validator);
    /// @notice The consensus key is not an ed25519 public key.
    error KeyInvalid();
    /// @notice The account speaks for a validator already.
    /// @param validator its number
    error AccountTaken(uint64 validator);
    /// @notice Power must be from 1 to the limit.
    /// @param limit the largest power
    error PowerInvalid(uint64 limit);
    /// @notice There are as many validators as there may be.
    /// @param limit how many
    error TooManyValidators(uint64 limit);
    /// @notice The last validator cannot be removed: the chain would stand still.
    error LastValidator();
    /// @notice The name is too long.
    /// @param limit bytes that fit
    error NameTooLong(uint64 limit);

    /// @notice Adds a validator from the next block on.
    /// @param account who speaks for it
    /// @param consensusKey ed25519 public key of its node, never used by a validator before
    /// @param power its power in consensus
    /// @param name its name, at most 64 bytes
    /// @return id its number
    function addValidator(address account, bytes32 consensusKey, uint64 power, string calldata name) external returns (uint64 id);
    /// @notice Changes a validator's power from the next block on.
    /// @param id its number
    /// @param power its power in consensus
    function setPower(uint64 id, uint64 power) external;
    /// @notice Removes a validator from the next block on.
    /// @param id its number
    function removeValidator(uint64 id) external;
    /// @notice Gives a validator a new consensus key from the next block on; its own account may, too.
    /// @param id its number
    /// @param consensusKey ed25519 public key, never used by a validator before
    function rotateKey(uint64 id, bytes32 consensusKey) external;
    /// @notice Makes another account the administrator.
    /// @param account who it is, 0 for governance alone
    function setAdministrator(address account) external;
    /// @notice What consensus says at a block's start.
    /// @custom:system at each block's start
    /// @param timeNanos the block's time in nanoseconds since 1970
    /// @param proposer consensus address of who made the block
    /// @param absent consensus addresses that did not sign the last block
    /// @param evidence validators that signed twice
    function beginBlock(uint64 timeNanos, address proposer, address[] calldata absent, Evidence[] calldata evidence) external;

    /// @notice Validators by their numbers, removed ones included.
    /// @param cursor number of the first
    /// @param limit how many at most
    /// @return list the validators
    /// @return next cursor of the next page, 0 after the last
    function validators(uint64 cursor, uint64 limit) external view returns (Validator[] memory list, uint64 next);
    /// @notice One validator.
    /// @param id its number
    /// @return found the validator
    function validator(uint64 id) external view returns (Validator memory found);
    /// @notice The validator of a consensus address, also of one whose key was changed since.
    /// @param consensusAddress the first 20 bytes of the key's SHA-256
    /// @return id its number, 0 for none
    function validatorByConsensusAddress(address consensusAddress) external view returns (uint64 id);
    /// @notice The validators in consensus.
    /// @return list their numbers
    /// @return consensusKeys their ed25519 keys
    /// @return powers their power
    function activeSet() external view returns (uint64[] memory list, bytes32[] memory consensusKeys, uint64[] memory powers);
    /// @notice Who administers the validators beside governance.
    /// @return account who, 0 for nobody
    function administrator() external view returns (address account);
    /// @notice Who gets the fees.
    /// @return account who, 0 when the validators share them equally
    function feeReceiver() external view returns (address account);
}
