// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title Staking
/// @notice Delegated proof of stake: candidates, delegations, rewards, slashing and the set of validators.
/// @custom:address 0x000000000000000000000000000000000000c003
interface IStaking {
    /// @notice Where a candidate stands.
    enum Status {
        /// Ranked, but not high enough for a seat, or with too little stake.
        Candidate,
        /// Takes over at once when an active validator leaves.
        Standby,
        /// Makes blocks.
        Active,
        /// Out by absence, of its own will, or for too little self-stake.
        Out,
        /// Signed twice; never comes back.
        Barred
    }

    /// @notice How a delegation earns.
    enum Kind {
        /// Rewards are paid out when claimed.
        Plain,
        /// Rewards are added to the stake.
        Compounding,
        /// Stake of coins that are locked in the lockup contract; rewards are free.
        Locked
    }

    /// @notice Parameters that governance changes.
    struct Parameters {
        /// Validators that make blocks, 1 to 200.
        uint16 activeValidators;
        /// Validators that stand by, at most 100.
        uint16 standbyValidators;
        /// Smallest part of a candidate's stake that is its owner's, in basis points.
        uint16 minSelfStakeBps;
        /// Largest part of all power that one validator has, in basis points.
        uint16 maxPowerBps;
        /// With few validators the cap is 1/n and this on top, in basis points.
        uint16 powerSlackBps;
        /// Part of the stake that signing twice costs, in basis points.
        uint16 doubleSignSlashBps;
        /// Part of the stake that absence costs, in basis points.
        uint16 absenceSlashBps;
        /// Part of the window that may be missed, in basis points.
        uint16 absenceMaxMissedBps;
        /// Blocks over which absence is counted.
        uint32 absenceWindowBlocks;
        /// Seconds for which absence keeps a validator out.
        uint32 absenceOutSeconds;
        /// Blocks after which the set is made anew.
        uint32 epochBlocks;
        /// Seconds from undelegating to the coins' return.
        uint32 unbondingSeconds;
        /// Smallest delegation, in wei.
        uint128 minDelegationWei;
    }

    /// @notice What a network decides in its genesis for good.
    struct Constants {
        /// Part of all rewards that goes to the standby validators, in basis points.
        uint16 standbyRewardBps;
        /// Largest raise of a commission, in basis points; one raise a day.
        uint16 commissionRaiseBps;
        /// Stake that makes one unit of power, in wei.
        uint128 weiPerPower;
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

    /// @notice A candidate, as tables show it.
    struct Validator {
        /// Number of the candidate.
        uint64 id;
        /// Account that runs it.
        address owner;
        /// Ed25519 key with which it signs blocks.
        bytes32 consensusKey;
        /// Its name.
        string moniker;
        /// Where it stands.
        Status status;
        /// Power in consensus, 0 unless active.
        uint64 power;
        /// All stake, in wei.
        uint256 stakeWei;
        /// Its owner's stake, in wei.
        uint256 selfStakeWei;
        /// Part of the rewards that it keeps, in basis points.
        uint16 commissionBps;
        /// Commission to be claimed, in wei.
        uint256 commissionWei;
        /// Blocks missed within the window.
        uint32 missedBlocks;
        /// Time from which it may rejoin after absence, 0 when it was not absent.
        uint64 outUntil;
    }

    /// @notice What a candidate says of itself, and changes that are under way.
    struct Profile {
        /// Its name.
        string moniker;
        /// Its address in the web.
        string website;
        /// What else there is to say.
        string details;
        /// Key that it signs with from the next epoch on, 0 when it keeps its key.
        bytes32 nextConsensusKey;
        /// Account that may accept the ownership.
        address pendingOwner;
        /// Time from which the commission may be raised again.
        uint64 commissionRaiseFrom;
    }

    /// @notice A delegation.
    struct Delegation {
        /// Number of the candidate.
        uint64 candidate;
        /// How it earns.
        Kind kind;
        /// What it is worth, in wei.
        uint256 stakeWei;
        /// Rewards to be claimed, in wei.
        uint256 rewardsWei;
        /// What must stay because it was redelegated lately, in wei.
        uint256 heldWei;
        /// Commission that it bears, in basis points.
        uint16 commissionBps;
    }

    /// @notice Stake on its way back to its owner.
    struct Unbonding {
        /// Number of the unbonding.
        uint64 id;
        /// Candidate it was delegated to.
        uint64 candidate;
        /// How it earned.
        Kind kind;
        /// What it is worth now, in wei.
        uint256 amountWei;
        /// Time of its return.
        uint64 maturesAt;
    }

    /// @notice Sums over all candidates.
    struct Totals {
        /// Stake, in wei.
        uint256 stakeWei;
        /// Stake on its way back, in wei.
        uint256 unbondingWei;
        /// Rewards and commissions that are not claimed, with what is not yet shared out, in wei.
        uint256 rewardsWei;
        /// Candidates there have ever been.
        uint64 candidates;
        /// Power of all active validators.
        uint64 power;
    }

    /// @notice A validator's power has changed; consensus follows.
    /// @param consensusKey ed25519 key
    /// @param power its power from now on, 0 when it leaves
    event PowerChanged(bytes32 indexed consensusKey, uint64 power);
    /// @notice A new candidate.
    /// @param candidate its number
    /// @param owner who runs it
    /// @param consensusKey ed25519 key
    event CandidateDeclared(uint64 indexed candidate, address indexed owner, bytes32 consensusKey);
    /// @notice A candidate has described itself anew.
    /// @param candidate its number
    /// @param moniker its name
    event CandidateDescribed(uint64 indexed candidate, string moniker);
    /// @notice A candidate's commission has changed.
    /// @param candidate its number
    /// @param commissionBps what it keeps, in basis points
    event CommissionChanged(uint64 indexed candidate, uint16 commissionBps);
    /// @notice A delegator was granted a commission of its own.
    /// @param candidate number of the candidate
    /// @param delegator to whom
    /// @param commissionBps what is kept of its rewards, in basis points
    event CommissionGranted(uint64 indexed candidate, address indexed delegator, uint16 commissionBps);
    /// @notice A delegator bears the general commission again.
    /// @param candidate number of the candidate
    /// @param delegator whose
    event GrantEnded(uint64 indexed candidate, address indexed delegator);
    /// @notice A candidate changes its consensus key.
    /// @param candidate its number
    /// @param consensusKey the new key
    event KeyRotated(uint64 indexed candidate, bytes32 consensusKey);
    /// @notice The owner has offered its candidate to another account.
    /// @param candidate its number
    /// @param to who may accept
    event OwnershipOffered(uint64 indexed candidate, address indexed to);
    /// @notice A candidate has a new owner.
    /// @param candidate its number
    /// @param from who ran it
    /// @param to who runs it
    event OwnershipChanged(uint64 indexed candidate, address indexed from, address indexed to);
    /// @notice A candidate has left of its own will.
    /// @param candidate its number
    event Retired(uint64 indexed candidate);
    /// @notice A candidate is back in the ranking.
    /// @param candidate its number
    event Rejoined(uint64 indexed candidate);
    /// @notice Coins were delegated.
    /// @param delegator whose
    /// @param candidate to whom
    /// @param kind how they earn
    /// @param amountWei how much
    event Delegated(address indexed delegator, uint64 indexed candidate, Kind kind, uint256 amountWei);
    /// @notice Stake is on its way back.
    /// @param delegator whose
    /// @param candidate from whom
    /// @param unbonding number of the unbonding
    /// @param kind how it earned
    /// @param amountWei how much
    /// @param maturesAt time of its return
    event Undelegated(address indexed delegator, uint64 indexed candidate, uint64 indexed unbonding, Kind kind, uint256 amountWei, uint64 maturesAt);
    /// @notice Stake went from one candidate to another.
    /// @param delegator whose
    /// @param from whom it left
    /// @param to whom it joined
    /// @param kind how it earns
    /// @param amountWei how much
    /// @param heldUntil time until which it must stay
    event Redelegated(address indexed delegator, uint64 indexed from, uint64 indexed to, Kind kind, uint256 amountWei, uint64 heldUntil);
    /// @notice Stake went from plain to compounding or back.
    /// @param delegator whose
    /// @param candidate to whom it is delegated
    /// @param compounding whether it compounds now
    /// @param amountWei how much
    event CompoundingSwitched(address indexed delegator, uint64 indexed candidate, bool compounding, uint256 amountWei);
    /// @notice Rewards were paid out.
    /// @param delegator to whom
    /// @param candidate of whom
    /// @param amountWei how much
    event RewardsPaid(address indexed delegator, uint64 indexed candidate, uint256 amountWei);
    /// @notice Commission was paid out.
    /// @param candidate of whom
    /// @param owner to whom
    /// @param amountWei how much
    event CommissionPaid(uint64 indexed candidate, address indexed owner, uint256 amountWei);
    /// @notice Stake has returned to its owner.
    /// @param delegator whose
    /// @param unbonding number of the unbonding
    /// @param amountWei how much
    event Withdrawn(address indexed delegator, uint64 indexed unbonding, uint256 amountWei);
    /// @notice The lockup contract refused coins that came due; `withdraw` tries again.
    /// @param unbonding number of the unbonding
    /// @param reason what it said
    event ReleaseFailed(uint64 indexed unbonding, string reason);
    /// @notice A candidate's stake was slashed.
    /// @param candidate its number
    /// @param doubleSign true for signing twice, false for absence
    /// @param infractionTime when it happened
    /// @param slashedWei what was burned of its stake
    /// @param unbondingSlashedWei what was burned of stake that is unbonding
    event Slashed(uint64 indexed candidate, bool doubleSign, uint64 infractionTime, uint256 slashedWei, uint256 unbondingSlashedWei);
    /// @notice A redelegation was slashed for what its former validator had done.
    /// @param delegator whose
    /// @param from validator that had done it
    /// @param candidate where the stake is
    /// @param slashedWei what was burned
    event RedelegationSlashed(address indexed delegator, uint64 indexed from, uint64 indexed candidate, uint256 slashedWei);
    /// @notice The set of validators was made anew.
    /// @param active numbers of the active validators, most powerful first
    /// @param standby numbers of the standby validators
    event SetChanged(uint64[] active, uint64[] standby);
    /// @notice Governance has changed the parameters.
    /// @param parameters all of them
    event ParametersChanged(Parameters parameters);

    /// @notice There is no such candidate; `validators` lists those there are.
    /// @param candidate number that was asked for
    error CandidateMissing(uint64 candidate);
    /// @notice The account owns no candidate; call `declareCandidate` first.
    /// @param account who called
    error NotOwner(address account);
    /// @notice The account owns a candidate already; use another account.
    /// @param candidate its number
    error OwnsCandidate(uint64 candidate);
    /// @notice The consensus key is or was used by a candidate; make a new one.
    /// @param candidate who uses it
    error KeyTaken(uint64 candidate);
    /// @notice The consensus key is not an ed25519 public key.
    error KeyInvalid();
    /// @notice The commission must be at most 10,000 basis points, and a granted one below the general one.
    /// @param commissionBps what was asked for
    /// @param limitBps what is allowed
    error CommissionTooHigh(uint16 commissionBps, uint16 limitBps);
    /// @notice A commission is raised once a day; try again later.
    /// @param from time from which it may be raised
    error CommissionRaisedToday(uint64 from);
    /// @notice The candidate has granted as many commissions as it may; end one first.
    /// @param limit how many
    error TooManyGrants(uint64 limit);
    /// @notice The delegator has no commission of its own.
    error GrantMissing();
    /// @notice A text is too long.
    /// @param length its bytes
    /// @param limit bytes that fit
    error TextTooLong(uint64 length, uint64 limit);
    /// @notice The amount, or what would be left of the delegation, is too small; take all or leave more.
    /// @param amountWei what it is
    /// @param minimumWei smallest delegation
    error AmountTooSmall(uint256 amountWei, uint256 minimumWei);
    /// @notice The delegation is smaller than that, or part of it must stay because it was redelegated lately.
    /// @param wantedWei what was asked for
    /// @param freeWei what can be taken
    error StakeTooSmall(uint256 wantedWei, uint256 freeWei);
    /// @notice The owner's own stake would be too small a part; ask the validator to add to it.
    /// @param selfStakeWei the owner's stake
    /// @param neededWei what it needs to be
    error SelfStakeTooSmall(uint256 selfStakeWei, uint256 neededWei);
    /// @notice The candidate signed twice and is barred for good.
    /// @param candidate its number
    error CandidateBarred(uint64 candidate);
    /// @notice The candidate was absent; it may rejoin later.
    /// @param until time from which it may
    error OutUntil(uint64 until);
    /// @notice The candidate is neither absent nor retired; too little self-stake is mended by delegating to it.
    error NotOut();
    /// @notice The candidate has retired already.
    error HasRetired();
    /// @notice Ownership of this candidate was not offered to the caller.
    error NotOffered();
    /// @notice A redelegation needs two candidates.
    error SameCandidate();
    /// @notice Too many redelegations came to this delegation lately; wait until one is free.
    /// @param limit how many may
    error TooManyRedelegations(uint64 limit);
    /// @notice There is no such unbonding, or it has returned.
    /// @param unbonding number that was asked for
    error UnbondingMissing(uint64 unbonding);
    /// @notice The unbonding is still under way.
    /// @param maturesAt time of its return
    error NotMature(uint64 maturesAt);
    /// @notice Locked coins cannot compound, and there is no such kind of delegation.
    error KindInvalid();
    /// @notice Only governance may do this; make a proposal.
    error NotGovernance();
    /// @notice A parameter is out of its bounds.
    /// @param name which
    /// @param minimum its lower bound
    /// @param maximum its upper bound
    error ParameterInvalid(string name, uint256 minimum, uint256 maximum);

    /// @notice Makes the caller the owner of a new candidate; the value sent is its first self-stake.
    /// @param consensusKey ed25519 public key of the node, never used by a candidate before
    /// @param moniker its name, at most 64 bytes
    /// @param website its address in the web, at most 128 bytes
    /// @param details what else there is to say, at most 512 bytes
    /// @param commissionBps part of the delegators' rewards that it keeps, in basis points
    /// @return candidate its number
    function declareCandidate(bytes32 consensusKey, string calldata moniker, string calldata website, string calldata details, uint16 commissionBps) external payable returns (uint64 candidate);
    /// @notice Changes what the caller's candidate says of itself.
    /// @param moniker its name, at most 64 bytes
    /// @param website its address in the web, at most 128 bytes
    /// @param details what else there is to say, at most 512 bytes
    function describe(string calldata moniker, string calldata website, string calldata details) external;
    /// @notice Changes the commission of the caller's candidate: down at any time, up by a few points once a day.
    /// @param commissionBps part of the delegators' rewards that it keeps, in basis points
    function setCommission(uint16 commissionBps) external;
    /// @notice Grants a delegator of the caller's candidate a lower commission; it holds for plain and locked delegations.
    /// @param delegator to whom
    /// @param commissionBps part of its rewards that is kept, in basis points, below the general one
    function grantCommission(address delegator, uint16 commissionBps) external;
    /// @notice Ends a granted commission; the candidate's owner and the delegator may.
    /// @param candidate who granted it
    /// @param delegator to whom
    function endGrant(uint64 candidate, address delegator) external;
    /// @notice Gives the caller's candidate a new consensus key from the next epoch on.
    /// @param consensusKey ed25519 public key, never used by a candidate before
    function rotateKey(bytes32 consensusKey) external;
    /// @notice Offers the caller's candidate to another account; offering it to 0 withdraws the offer.
    /// @param to who may accept
    function offerOwnership(address to) external;
    /// @notice Makes the caller the owner of a candidate that was offered to it. The former owner's plain and compounding stake goes along.
    /// @param candidate its number
    function acceptOwnership(uint64 candidate) external;
    /// @notice Takes the caller's candidate out of the set and the ranking.
    function retire() external;
    /// @notice Brings the caller's candidate back after absence or retirement.
    function rejoin() external;

    /// @notice Delegates the value sent.
    /// @param candidate to whom
    /// @param compounding whether rewards are added to the stake
    function delegate(uint64 candidate, bool compounding) external payable;
    /// @notice Delegates coins of the caller that are locked in the lockup contract.
    /// @param candidate to whom
    /// @param amountWei how much
    function delegateLocked(uint64 candidate, uint256 amountWei) external;
    /// @notice Takes stake back; it returns by itself after the unbonding time. Rewards are paid out.
    /// @param candidate from whom
    /// @param kind which of the caller's delegations
    /// @param amountWei how much; the largest number takes all that is free
    /// @return unbonding number of the unbonding
    /// @return maturesAt time of its return
    function undelegate(uint64 candidate, Kind kind, uint256 amountWei) external returns (uint64 unbonding, uint64 maturesAt);
    /// @notice Moves stake to another candidate at once; there it must stay for the unbonding time. Rewards are paid out.
    /// @param from whom it leaves
    /// @param to whom it joins
    /// @param kind which of the caller's delegations
    /// @param amountWei how much; the largest number takes all that is free
    function redelegate(uint64 from, uint64 to, Kind kind, uint256 amountWei) external;
    /// @notice Makes a plain delegation of the caller compounding, or a compounding one plain. Rewards are paid out.
    /// @param candidate to whom it is delegated
    /// @param compounding whether rewards are added to the stake from now on
    function setCompounding(uint64 candidate, bool compounding) external;
    /// @notice Pays out the caller's rewards of one candidate.
    /// @param candidate of whom
    /// @return amountWei how much
    function claim(uint64 candidate) external returns (uint256 amountWei);
    /// @notice Pays out the caller's rewards of all candidates.
    /// @return amountWei how much
    function claimAll() external returns (uint256 amountWei);
    /// @notice Pays out the commission of the caller's candidate.
    /// @return amountWei how much
    function claimCommission() external returns (uint256 amountWei);
    /// @notice Returns a mature unbonding to its delegator; anybody may call.
    /// @param unbonding its number
    /// @return amountWei how much
    function withdraw(uint64 unbonding) external returns (uint256 amountWei);
    /// @notice Applies slashes to redelegated stake that has not been touched since; anybody may call.
    /// @param delegator whose
    /// @param candidate where the stake is
    /// @param kind which delegation
    /// @return slashedWei what was burned
    function applySlashes(address delegator, uint64 candidate, Kind kind) external returns (uint256 slashedWei);
    /// @notice Changes the parameters; governance only.
    /// @param changed all of them
    function setParameters(Parameters calldata changed) external;

    /// @notice What consensus says at a block's start.
    /// @custom:system at each block's start
    /// @param timeNanos the block's time in nanoseconds since 1970
    /// @param proposer consensus address of who made the block; it earns like the others
    /// @param absent consensus addresses that did not sign the last block
    /// @param evidence validators that signed twice
    function beginBlock(uint64 timeNanos, address proposer, address[] calldata absent, Evidence[] calldata evidence) external;
    /// @notice Returns mature unbondings in their order.
    /// @custom:system at the end of a block when some are mature
    /// @return released how many
    function release() external returns (uint64 released);

    /// @notice Candidates by their numbers.
    /// @param cursor number of the first
    /// @param limit how many at most
    /// @return list the candidates
    /// @return next cursor of the next page, 0 after the last
    function validators(uint64 cursor, uint64 limit) external view returns (Validator[] memory list, uint64 next);
    /// @notice One candidate.
    /// @param candidate its number
    /// @return found the candidate
    function validator(uint64 candidate) external view returns (Validator memory found);
    /// @notice What a candidate says of itself.
    /// @param candidate its number
    /// @return found its profile
    function profile(uint64 candidate) external view returns (Profile memory found);
    /// @notice The candidate of a consensus address, also of one whose key was changed since.
    /// @param consensusAddress the first 20 bytes of the key's SHA-256
    /// @return candidate its number, 0 for none
    function validatorByConsensusAddress(address consensusAddress) external view returns (uint64 candidate);
    /// @notice The candidate that an account owns.
    /// @param owner the account
    /// @return candidate its number, 0 for none
    function validatorByOwner(address owner) external view returns (uint64 candidate);
    /// @notice Candidates by stake, largest first, without those that are out.
    /// @param limit how many at most
    /// @return list their numbers
    function ranking(uint64 limit) external view returns (uint64[] memory list);
    /// @notice The validators that make blocks, most powerful first.
    /// @return list their numbers
    /// @return consensusKeys their ed25519 keys
    /// @return powers their power
    function activeSet() external view returns (uint64[] memory list, bytes32[] memory consensusKeys, uint64[] memory powers);
    /// @notice The validators that stand by.
    /// @return list their numbers
    function standbySet() external view returns (uint64[] memory list);
    /// @notice One delegation.
    /// @param delegator whose
    /// @param candidate to whom
    /// @param kind how it earns
    /// @return found the delegation
    function delegation(address delegator, uint64 candidate, Kind kind) external view returns (Delegation memory found);
    /// @notice An account's delegations in the order in which it made them.
    /// @param delegator whose
    /// @param cursor position of the first
    /// @param limit how many at most
    /// @return list the delegations
    /// @return next cursor of the next page, 0 after the last
    function delegations(address delegator, uint64 cursor, uint64 limit) external view returns (Delegation[] memory list, uint64 next);
    /// @notice An account's stake on its way back.
    /// @param delegator whose
    /// @param cursor position of the first
    /// @param limit how many at most
    /// @return list the unbondings
    /// @return next cursor of the next page, 0 after the last
    function unbondings(address delegator, uint64 cursor, uint64 limit) external view returns (Unbonding[] memory list, uint64 next);
    /// @notice An account's rewards of all candidates that are not yet claimed.
    /// @param delegator whose
    /// @return amountWei how much
    function pendingRewards(address delegator) external view returns (uint256 amountWei);
    /// @notice Commission that was granted to a delegator.
    /// @param candidate by whom
    /// @param delegator to whom
    /// @return granted whether there is one
    /// @return commissionBps what is kept of its rewards, in basis points
    function grantOf(uint64 candidate, address delegator) external view returns (bool granted, uint16 commissionBps);
    /// @notice Sums over all candidates.
    /// @return sums the sums
    function totals() external view returns (Totals memory sums);
    /// @notice The parameters that governance changes.
    /// @return current all of them
    function parameters() external view returns (Parameters memory current);
    /// @notice What the network's genesis decided for good.
    /// @return current all of it
    function constants() external view returns (Constants memory current);
    /// @notice Stake of an account at a past time, in wei at its present worth.
    /// @param account whose
    /// @param timepoint seconds since 1970, before the present block's
    /// @return stakeWei how much
    function pastStake(address account, uint64 timepoint) external view returns (uint256 stakeWei);
}
