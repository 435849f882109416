// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title Governance
/// @notice Decides by vote of the stake: a proposal is a list of calls that this contract makes once it has passed.
/// @dev Functions, events and errors are OpenZeppelin's IGovernor (5.7), with the storage and counting extensions'
/// names where they have one, so that existing governance pages read it. Timepoints are seconds since 1970.
/// @custom:address 0x000000000000000000000000000000000000c004
interface IGovernance {
    /// @notice Where a proposal stands.
    enum ProposalState {
        /// waits for its voting to begin
        Pending,
        /// is being voted on
        Active,
        /// was withdrawn by its proposer before the vote
        Canceled,
        /// did not reach the quorum or the majority, or was vetoed
        Defeated,
        /// has passed and can be queued
        Succeeded,
        /// has passed and can be executed from its eta on
        Queued,
        /// has passed and was not executed in time
        Expired,
        /// has been executed
        Executed
    }

    /// @notice What governance sets for itself.
    struct Parameters {
        /// seconds between a proposal and the snapshot of the stake, after which voting begins
        uint64 votingDelay;
        /// seconds that voting takes
        uint64 votingPeriod;
        /// seconds between queuing and execution
        uint64 executionDelay;
        /// seconds within which a passed proposal is to be queued, and a queued one to be executed
        uint64 executionWindow;
        /// wei to be paid with a proposal
        uint256 depositWei;
        /// gas that one call of a proposal may use
        uint64 callGas;
        /// proposals an account may have open at a time
        uint32 maxOpenProposals;
        /// part of all stake that has to vote: numerator
        uint32 quorumNumerator;
        /// part of all stake that has to vote: denominator
        uint32 quorumDenominator;
        /// part of the votes for, against and of veto that must be exceeded by those for: numerator
        uint32 passNumerator;
        /// part of the votes for, against and of veto that must be exceeded by those for: denominator
        uint32 passDenominator;
        /// part of all votes that vetoes must exceed to stop a proposal: numerator
        uint32 vetoNumerator;
        /// part of all votes that vetoes must exceed to stop a proposal: denominator
        uint32 vetoDenominator;
    }

    /// @notice A proposal as lists show it.
    struct Proposal {
        /// its id
        uint256 id;
        /// who proposed it
        address proposer;
        /// the first line of its description, at most 80 bytes
        string title;
        /// where it stands
        ProposalState state;
        /// timepoint whose stake votes
        uint64 snapshotTime;
        /// last timepoint of the voting
        uint64 deadlineTime;
        /// first timepoint at which it can be executed, 0 before it is queued
        uint64 etaTime;
        /// deposit that is held for it, in wei
        uint256 depositWei;
        /// votes against, in wei of stake
        uint256 againstVotes;
        /// votes for, in wei of stake
        uint256 forVotes;
        /// abstentions, in wei of stake
        uint256 abstainVotes;
        /// vetoes, in wei of stake
        uint256 vetoVotes;
        /// votes that make the quorum, in wei of stake; 0 while it is pending
        uint256 quorumVotes;
    }

    /// @notice A proposal has been made.
    /// @param proposalId its id
    /// @param proposer who made it
    /// @param targets contracts to call
    /// @param values wei to send with each call
    /// @param signatures empty texts, kept for compatibility
    /// @param calldatas data of each call
    /// @param voteStart timepoint whose stake votes; voting begins after it
    /// @param voteEnd last timepoint of the voting
    /// @param description what it is about
    event ProposalCreated(
        uint256 proposalId,
        address proposer,
        address[] targets,
        uint256[] values,
        string[] signatures,
        bytes[] calldatas,
        uint256 voteStart,
        uint256 voteEnd,
        string description
    );

    /// @notice A proposal has passed and waits for its execution.
    /// @param proposalId which
    /// @param etaSeconds first timepoint at which it can be executed
    event ProposalQueued(uint256 proposalId, uint256 etaSeconds);

    /// @notice A proposal's calls have been made.
    /// @param proposalId which
    event ProposalExecuted(uint256 proposalId);

    /// @notice A proposal has been withdrawn.
    /// @param proposalId which
    event ProposalCanceled(uint256 proposalId);

    /// @notice A vote has been cast.
    /// @param voter who
    /// @param proposalId for which proposal
    /// @param support 0 against, 1 for, 2 abstain, 3 veto
    /// @param weight of the vote, in wei of stake
    /// @param reason given with it
    event VoteCast(address indexed voter, uint256 proposalId, uint8 support, uint256 weight, string reason);

    /// @notice A vote has been cast together with parameters, which mean nothing here.
    /// @param voter who
    /// @param proposalId for which proposal
    /// @param support 0 against, 1 for, 2 abstain, 3 veto
    /// @param weight of the vote, in wei of stake
    /// @param reason given with it
    /// @param params given with it
    event VoteCastWithParams(
        address indexed voter,
        uint256 proposalId,
        uint8 support,
        uint256 weight,
        string reason,
        bytes params
    );

    /// @notice A delegator has voted after its validator: the validator's vote weighs less by the delegator's stake.
    /// @param delegate the validator's account
    /// @param proposalId for which proposal
    /// @param support what the validator voted
    /// @param weight taken off its vote, in wei of stake
    event VoteReduced(address indexed delegate, uint256 proposalId, uint8 support, uint256 weight);

    /// @notice A deposit has been given back to the proposer.
    /// @param proposalId which proposal's
    /// @param proposer who got it
    /// @param amountWei how much
    event DepositRefunded(uint256 indexed proposalId, address indexed proposer, uint256 amountWei);

    /// @notice A deposit has gone to the treasury: the proposal was vetoed or missed the quorum.
    /// @param proposalId which proposal's
    /// @param proposer who had paid it
    /// @param amountWei how much
    event DepositForfeited(uint256 indexed proposalId, address indexed proposer, uint256 amountWei);

    /// @notice Governance has changed its parameters; they apply to proposals whose snapshot is not earlier.
    /// @param parameters the new ones
    event ParametersChanged(Parameters parameters);

    /// @notice The lists of a proposal must have the same length, from 1 to 10.
    /// @param targets that were given
    /// @param calldatas that were given
    /// @param values that were given
    error GovernorInvalidProposalLength(uint256 targets, uint256 calldatas, uint256 values);

    /// @notice The account has voted on this proposal.
    /// @param voter who
    error GovernorAlreadyCastVote(address voter);

    /// @notice Only a proposal that has passed may call this.
    /// @param account that called
    error GovernorOnlyExecutor(address account);

    /// @notice There is no such proposal.
    /// @param proposalId that was asked for
    error GovernorNonexistentProposal(uint256 proposalId);

    /// @notice The proposal is not in a state that allows this.
    /// @param proposalId which
    /// @param current its state
    /// @param expectedStates those that allow it, a bit each
    error GovernorUnexpectedProposalState(uint256 proposalId, ProposalState current, bytes32 expectedStates);

    /// @notice The description names another proposer.
    /// @param proposer who tried
    error GovernorRestrictedProposer(address proposer);

    /// @notice A vote is 0 against, 1 for, 2 abstain or 3 veto.
    error GovernorInvalidVoteType();

    /// @notice The signature is not the voter's for this vote and its next nonce.
    /// @param voter whose it should be
    error GovernorInvalidSignature(address voter);

    /// @notice Only the proposer withdraws a proposal, before its voting begins.
    /// @param proposalId which
    /// @param account that tried
    error GovernorUnableToCancel(uint256 proposalId, address account);

    /// @notice Stake can be asked for at timepoints in the past only.
    /// @param timepoint that was asked for
    /// @param clock the present one
    error ERC5805FutureLookup(uint256 timepoint, uint48 clock);

    /// @notice The account had no stake to vote with at the proposal's snapshot.
    /// @param voter who
    /// @param snapshot timepoint whose stake votes
    error NoVotingWeight(address voter, uint256 snapshot);

    /// @notice Send exactly the deposit with a proposal.
    /// @param sentWei that came
    /// @param requiredWei the deposit
    error WrongDeposit(uint256 sentWei, uint256 requiredWei);

    /// @notice The account has too many open proposals; settle the deposits of those whose voting has ended.
    /// @param proposer who
    /// @param open how many it has
    error TooManyOpenProposals(address proposer, uint256 open);

    /// @notice The proposal is too large; split it.
    /// @param what is too large: data or description
    /// @param size it has, in bytes
    /// @param limit of bytes
    error ProposalTooLarge(string what, uint256 size, uint256 limit);

    /// @notice The proposal cannot be executed yet.
    /// @param proposalId which
    /// @param eta first timepoint at which it can
    error NotYetExecutable(uint256 proposalId, uint256 eta);

    /// @notice A call of the proposal failed without saying why; nothing of the proposal has happened, try again.
    /// @param index which call, from 0
    /// @param target that was called
    error CallFailed(uint256 index, address target);

    /// @notice The calls would have spent deposits of open proposals; send the missing amount along.
    /// @param balanceWei that would be left
    /// @param depositsWei that must be left
    error DepositsNotSpendable(uint256 balanceWei, uint256 depositsWei);

    /// @notice The deposit of this proposal has been settled.
    /// @param proposalId which
    error DepositAlreadySettled(uint256 proposalId);

    /// @notice A parameter is out of its bounds.
    /// @param name of the parameter
    /// @param lowest it may be
    /// @param highest it may be
    error ParameterOutOfBounds(string name, uint256 lowest, uint256 highest);

    /// @notice Coins that proposals may spend.
    receive() external payable;

    /// @notice Whether an interface of ERC-165 is offered.
    /// @param interfaceId which
    /// @return offered whether it is
    function supportsInterface(bytes4 interfaceId) external view returns (bool offered);

    /// @notice The present timepoint.
    /// @return timepoint the block's time, in seconds since 1970
    function clock() external view returns (uint48 timepoint);

    /// @notice What timepoints count (EIP-6372).
    /// @return mode "mode=timestamp"
    function CLOCK_MODE() external view returns (string memory mode);

    /// @notice The governor's name.
    /// @return text for people and signatures
    function name() external view returns (string memory text);

    /// @notice The governor's version.
    /// @return text for signatures
    function version() external view returns (string memory text);

    /// @notice How votes are counted.
    /// @return mode "support=bravo,veto&quorum=against,for,abstain,veto&overridable=true"
    function COUNTING_MODE() external view returns (string memory mode);

    /// @notice What EIP-712 signatures are made for (EIP-5267).
    /// @return fields that are used, a bit each
    /// @return name of the domain
    /// @return version of the domain
    /// @return chainId of the chain
    /// @return verifyingContract this contract
    /// @return salt none
    /// @return extensions none
    function eip712Domain()
        external
        view
        returns (
            bytes1 fields,
            string memory name,
            string memory version,
            uint256 chainId,
            address verifyingContract,
            bytes32 salt,
            uint256[] memory extensions
        );

    /// @notice The nonce of an account's next signed vote.
    /// @param owner whose
    /// @return nonce from 0
    function nonces(address owner) external view returns (uint256 nonce);

    /// @notice The id of a proposal.
    /// @param targets contracts to call
    /// @param values wei to send with each call
    /// @param calldatas data of each call
    /// @param descriptionHash keccak256 of its description
    /// @return proposalId its id
    function hashProposal(
        address[] calldata targets,
        uint256[] calldata values,
        bytes[] calldata calldatas,
        bytes32 descriptionHash
    ) external pure returns (uint256 proposalId);

    /// @notice The id of a proposal, as hashProposal.
    /// @param targets contracts to call
    /// @param values wei to send with each call
    /// @param calldatas data of each call
    /// @param descriptionHash keccak256 of its description
    /// @return proposalId its id
    function getProposalId(
        address[] calldata targets,
        uint256[] calldata values,
        bytes[] calldata calldatas,
        bytes32 descriptionHash
    ) external view returns (uint256 proposalId);

    /// @notice Where a proposal stands.
    /// @param proposalId which
    /// @return current its state
    function state(uint256 proposalId) external view returns (ProposalState current);

    /// @notice Votes that a proposer needs: none, proposals need a deposit.
    /// @return votes 0
    function proposalThreshold() external view returns (uint256 votes);

    /// @notice The timepoint whose stake votes on a proposal; voting begins after it.
    /// @param proposalId which
    /// @return timepoint 0 when there is no such proposal
    function proposalSnapshot(uint256 proposalId) external view returns (uint256 timepoint);

    /// @notice The last timepoint of a proposal's voting.
    /// @param proposalId which
    /// @return timepoint 0 when there is no such proposal
    function proposalDeadline(uint256 proposalId) external view returns (uint256 timepoint);

    /// @notice Who made a proposal.
    /// @param proposalId which
    /// @return account zero when there is no such proposal
    function proposalProposer(uint256 proposalId) external view returns (address account);

    /// @notice When a queued proposal can be executed.
    /// @param proposalId which
    /// @return timepoint 0 before it is queued
    function proposalEta(uint256 proposalId) external view returns (uint256 timepoint);

    /// @notice Whether a proposal has to be queued before it is executed: always.
    /// @param proposalId which
    /// @return needed true
    function proposalNeedsQueuing(uint256 proposalId) external view returns (bool needed);

    /// @notice Seconds between a proposal and its snapshot.
    /// @return delaySeconds how many
    function votingDelay() external view returns (uint256 delaySeconds);

    /// @notice Seconds that voting takes.
    /// @return periodSeconds how many
    function votingPeriod() external view returns (uint256 periodSeconds);

    /// @notice Votes that make the quorum of a proposal with this snapshot.
    /// @param timepoint in the past
    /// @return votes in wei of stake
    function quorum(uint256 timepoint) external view returns (uint256 votes);

    /// @notice Part of all stake that has to vote.
    /// @return numerator above quorumDenominator
    function quorumNumerator() external view returns (uint256 numerator);

    /// @notice Part of all stake that had to vote at a timepoint.
    /// @param timepoint a snapshot
    /// @return numerator above the denominator of that time
    function quorumNumerator(uint256 timepoint) external view returns (uint256 numerator);

    /// @notice Part of all stake that has to vote.
    /// @return denominator below quorumNumerator
    function quorumDenominator() external view returns (uint256 denominator);

    /// @notice The weight an account votes with: its own stake, and for a validator all stake delegated to it.
    /// @param account whose
    /// @param timepoint in the past
    /// @return votes in wei of stake
    function getVotes(address account, uint256 timepoint) external view returns (uint256 votes);

    /// @notice The weight an account votes with, as getVotes.
    /// @param account whose
    /// @param timepoint in the past
    /// @param params mean nothing here
    /// @return votes in wei of stake
    function getVotesWithParams(
        address account,
        uint256 timepoint,
        bytes calldata params
    ) external view returns (uint256 votes);

    /// @notice Whether an account has voted itself.
    /// @param proposalId on which proposal
    /// @param account who
    /// @return voted whether it has
    function hasVoted(uint256 proposalId, address account) external view returns (bool voted);

    /// @notice What an account has voted itself.
    /// @param proposalId on which proposal
    /// @param account who
    /// @return voted whether it has
    /// @return support 0 against, 1 for, 2 abstain, 3 veto
    function voteOf(uint256 proposalId, address account) external view returns (bool voted, uint8 support);

    /// @notice A proposal's votes without vetoes.
    /// @param proposalId which
    /// @return againstVotes in wei of stake
    /// @return forVotes in wei of stake
    /// @return abstainVotes in wei of stake
    function proposalVotes(uint256 proposalId)
        external
        view
        returns (uint256 againstVotes, uint256 forVotes, uint256 abstainVotes);

    /// @notice A proposal's vetoes.
    /// @param proposalId which
    /// @return votes in wei of stake
    function proposalVetoVotes(uint256 proposalId) external view returns (uint256 votes);

    /// @notice How many proposals there have been.
    /// @return count of them
    function proposalCount() external view returns (uint256 count);

    /// @notice The calls of a proposal.
    /// @param proposalId which
    /// @return targets contracts to call
    /// @return values wei to send with each call
    /// @return calldatas data of each call
    /// @return descriptionHash keccak256 of its description
    function proposalDetails(uint256 proposalId)
        external
        view
        returns (address[] memory targets, uint256[] memory values, bytes[] memory calldatas, bytes32 descriptionHash);

    /// @notice A proposal as lists show it.
    /// @param proposalId which
    /// @return found it
    function proposal(uint256 proposalId) external view returns (Proposal memory found);

    /// @notice Proposals from a number on, in the order they were made.
    /// @param cursor number of the first, from 0
    /// @param limit most that are returned, at most 100
    /// @return page of them
    function proposals(uint256 cursor, uint256 limit) external view returns (Proposal[] memory page);

    /// @notice What governance has set for itself.
    /// @return current parameters
    function parameters() external view returns (Parameters memory current);

    /// @notice Deposits that are held, in wei.
    /// @return amountWei sum of all open proposals' deposits
    function depositsWei() external view returns (uint256 amountWei);

    /// @notice Proposes calls. Send the deposit along; it comes back unless the proposal is vetoed or misses the quorum.
    /// @param targets contracts to call, at most 10
    /// @param values wei to send with each call
    /// @param calldatas data of each call, together at most 16,384 bytes
    /// @param description at most 8,192 bytes, its first line is the title; where it ends with #proposer=0x…, only that
    /// account may propose it
    /// @return proposalId its id
    function propose(
        address[] calldata targets,
        uint256[] calldata values,
        bytes[] calldata calldatas,
        string calldata description
    ) external payable returns (uint256 proposalId);

    /// @notice Queues a proposal that has passed, for execution after the delay; anyone may.
    /// @param targets contracts to call
    /// @param values wei to send with each call
    /// @param calldatas data of each call
    /// @param descriptionHash keccak256 of its description
    /// @return proposalId its id
    function queue(
        address[] calldata targets,
        uint256[] calldata values,
        bytes[] calldata calldatas,
        bytes32 descriptionHash
    ) external returns (uint256 proposalId);

    /// @notice Queues a proposal that has passed, for execution after the delay; anyone may.
    /// @param proposalId which
    function queue(uint256 proposalId) external;

    /// @notice Makes the calls of a queued proposal after its eta; anyone may. If one fails nothing has happened, and it
    /// may be tried again. Value that comes along can be spent by the calls.
    /// @param targets contracts to call
    /// @param values wei to send with each call
    /// @param calldatas data of each call
    /// @param descriptionHash keccak256 of its description
    /// @return proposalId its id
    function execute(
        address[] calldata targets,
        uint256[] calldata values,
        bytes[] calldata calldatas,
        bytes32 descriptionHash
    ) external payable returns (uint256 proposalId);

    /// @notice Makes the calls of a queued proposal after its eta; anyone may. If one fails nothing has happened, and it
    /// may be tried again. Value that comes along can be spent by the calls.
    /// @param proposalId which
    function execute(uint256 proposalId) external payable;

    /// @notice Withdraws the caller's proposal before its voting begins; the deposit comes back.
    /// @param targets contracts to call
    /// @param values wei to send with each call
    /// @param calldatas data of each call
    /// @param descriptionHash keccak256 of its description
    /// @return proposalId its id
    function cancel(
        address[] calldata targets,
        uint256[] calldata values,
        bytes[] calldata calldatas,
        bytes32 descriptionHash
    ) external returns (uint256 proposalId);

    /// @notice Withdraws the caller's proposal before its voting begins; the deposit comes back.
    /// @param proposalId which
    function cancel(uint256 proposalId) external;

    /// @notice Gives back a proposal's deposit once its voting has ended, or sends it to the treasury if the proposal was
    /// vetoed or missed the quorum; anyone may. Queuing and withdrawing do this by themselves.
    /// @param proposalId which
    function settleDeposit(uint256 proposalId) external;

    /// @notice Votes with the caller's stake; a validator votes for all its delegators that do not vote themselves.
    /// @param proposalId on which proposal
    /// @param support 0 against, 1 for, 2 abstain, 3 veto
    /// @return weight of the vote, in wei of stake
    function castVote(uint256 proposalId, uint8 support) external returns (uint256 weight);

    /// @notice Votes and says why.
    /// @param proposalId on which proposal
    /// @param support 0 against, 1 for, 2 abstain, 3 veto
    /// @param reason for people
    /// @return weight of the vote, in wei of stake
    function castVoteWithReason(
        uint256 proposalId,
        uint8 support,
        string calldata reason
    ) external returns (uint256 weight);

    /// @notice Votes, says why, and logs parameters that mean nothing here.
    /// @param proposalId on which proposal
    /// @param support 0 against, 1 for, 2 abstain, 3 veto
    /// @param reason for people
    /// @param params for other programs
    /// @return weight of the vote, in wei of stake
    function castVoteWithReasonAndParams(
        uint256 proposalId,
        uint8 support,
        string calldata reason,
        bytes calldata params
    ) external returns (uint256 weight);

    /// @notice Casts the vote somebody has signed (EIP-712 Ballot; a contract answers by ERC-1271).
    /// @param proposalId on which proposal
    /// @param support 0 against, 1 for, 2 abstain, 3 veto
    /// @param voter who signed
    /// @param signature of it, 65 bytes for an account without code
    /// @return weight of the vote, in wei of stake
    function castVoteBySig(
        uint256 proposalId,
        uint8 support,
        address voter,
        bytes calldata signature
    ) external returns (uint256 weight);

    /// @notice Casts the vote somebody has signed with a reason and parameters (EIP-712 ExtendedBallot).
    /// @param proposalId on which proposal
    /// @param support 0 against, 1 for, 2 abstain, 3 veto
    /// @param voter who signed
    /// @param reason for people
    /// @param params for other programs
    /// @param signature of it, 65 bytes for an account without code
    /// @return weight of the vote, in wei of stake
    function castVoteWithReasonAndParamsBySig(
        uint256 proposalId,
        uint8 support,
        address voter,
        string calldata reason,
        bytes calldata params,
        bytes calldata signature
    ) external returns (uint256 weight);

    /// @notice Changes the parameters; only a proposal can.
    /// @param changed all parameters as they are to be
    function setParameters(Parameters calldata changed) external;
}
