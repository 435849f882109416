// Package governance is the contract by which the stake decides. A proposal is a
// list of calls; once it has passed, the contract makes them itself, and so it is
// the account that may set every parameter of the chain. It moves nothing before
// the vote, the queue and the delay are over, and it never votes, queues or
// executes by itself.
package governance

import (
	_ "embed" // the compiled interface

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"github.com/cybermiles/cybermiles/contract"
)

//go:embed IGovernance.json
var compiled []byte

// Governance is the contract.
type Governance struct {
	*contract.Base
	electorate Electorate
	treasury   common.Address
	store      storage
	emit       struct {
		ProposalCreated func(ctx *contract.Context, id *uint256.Int, proposer common.Address, targets []common.Address, values []*uint256.Int,
			signatures []string, calldatas [][]byte, voteStart, voteEnd *uint256.Int, description string)
		ProposalQueued     func(ctx *contract.Context, id, eta *uint256.Int)
		ProposalExecuted   func(ctx *contract.Context, id *uint256.Int)
		ProposalCanceled   func(ctx *contract.Context, id *uint256.Int)
		VoteCast           func(ctx *contract.Context, voter common.Address, id *uint256.Int, support Support, weight *uint256.Int, reason string)
		VoteCastWithParams func(ctx *contract.Context, voter common.Address, id *uint256.Int, support Support, weight *uint256.Int, reason string, params []byte)
		VoteReduced        func(ctx *contract.Context, delegate common.Address, id *uint256.Int, support Support, weight *uint256.Int)
		DepositRefunded    func(ctx *contract.Context, id *uint256.Int, proposer common.Address, amountWei *uint256.Int)
		DepositForfeited   func(ctx *contract.Context, id *uint256.Int, proposer common.Address, amountWei *uint256.Int)
		ParametersChanged  func(ctx *contract.Context, parameters Parameters)
	}
	fail struct {
		GovernorInvalidProposalLength   func(targets, calldatas, values *uint256.Int) error
		GovernorAlreadyCastVote         func(voter common.Address) error
		GovernorOnlyExecutor            func(account common.Address) error
		GovernorNonexistentProposal     func(id *uint256.Int) error
		GovernorUnexpectedProposalState func(id *uint256.Int, current State, expected common.Hash) error
		GovernorRestrictedProposer      func(proposer common.Address) error
		GovernorInvalidVoteType         func() error
		GovernorInvalidSignature        func(voter common.Address) error
		GovernorUnableToCancel          func(id *uint256.Int, account common.Address) error
		ERC5805FutureLookup             func(timepoint *uint256.Int, clock uint64) error
		NoVotingWeight                  func(voter common.Address, snapshot *uint256.Int) error
		WrongDeposit                    func(sentWei, requiredWei *uint256.Int) error
		TooManyOpenProposals            func(proposer common.Address, open *uint256.Int) error
		ProposalTooLarge                func(what string, size, limit *uint256.Int) error
		NotYetExecutable                func(id, eta *uint256.Int) error
		CallFailed                      func(index *uint256.Int, target common.Address) error
		DepositsNotSpendable            func(balanceWei, depositsWei *uint256.Int) error
		DepositAlreadySettled           func(id *uint256.Int) error
		ParameterOutOfBounds            func(name string, lowest, highest *uint256.Int) error
	}
}

// New makes the contract for its address. Forfeited deposits go to the treasury.
func New(address, treasury common.Address, electorate Electorate) *Governance {
	g := &Governance{electorate: electorate, treasury: treasury}
	g.Base = contract.Must(contract.Spec{
		Name: "governance", Address: address, Interface: compiled,
		Storage: &g.store, Events: &g.emit, Errors: &g.fail,
		Methods: g.methods(),
		Receive: func(*contract.Context) error { return nil },
	})
	return g
}

func (g *Governance) methods() contract.Methods {
	const byCalls = "(address[],uint256[],bytes[],bytes32)"
	return contract.Methods{
		"supportsInterface": g.supportsInterface,
		"clock":             func(ctx *contract.Context) uint64 { return ctx.Time() },
		"CLOCK_MODE":        func(*contract.Context) string { return "mode=timestamp" },
		"name":              func(*contract.Context) string { return domainName },
		"version":           func(*contract.Context) string { return domainVersion },
		"COUNTING_MODE":     func(*contract.Context) string { return countingMode },
		"eip712Domain":      g.eip712Domain,
		"nonces":            g.nonces,
		"parameters":        g.parameters,
		"setParameters":     contract.Reentrant(g.setParameters),

		"votingDelay":                      g.votingDelay,
		"votingPeriod":                     g.votingPeriod,
		"quorum":                           g.quorum,
		"quorumNumerator()":                g.quorumNumerator,
		"quorumNumerator(uint256)":         g.quorumNumeratorAt,
		"quorumDenominator":                g.quorumDenominator,
		"proposalThreshold":                func(*contract.Context) *uint256.Int { return new(uint256.Int) },
		"proposalNeedsQueuing":             func(*contract.Context, *uint256.Int) bool { return true },
		"getVotes":                         g.getVotes,
		"getVotesWithParams":               g.getVotesWithParams,
		"hashProposal":                     g.hashProposal,
		"getProposalId":                    g.hashProposal,
		"state":                            g.state,
		"proposalSnapshot":                 g.proposalSnapshot,
		"proposalDeadline":                 g.proposalDeadline,
		"proposalProposer":                 g.proposalProposer,
		"proposalEta":                      g.proposalEta,
		"proposalVotes":                    g.proposalVotes,
		"proposalVetoVotes":                g.proposalVetoVotes,
		"proposalCount":                    g.proposalCount,
		"proposalDetails":                  g.proposalDetails,
		"proposal":                         g.proposal,
		"proposals":                        g.proposals,
		"hasVoted":                         g.hasVoted,
		"voteOf":                           g.voteOf,
		"depositsWei":                      func(ctx *contract.Context) uint256.Int { return g.store.Deposits.Get(ctx) },
		"propose":                          g.propose,
		"queue" + byCalls:                  g.queueCalls,
		"queue(uint256)":                   g.queue,
		"execute" + byCalls:                g.executeCalls,
		"execute(uint256)":                 g.execute,
		"cancel" + byCalls:                 g.cancelCalls,
		"cancel(uint256)":                  g.cancel,
		"settleDeposit":                    g.settleDeposit,
		"castVote":                         g.castVote,
		"castVoteWithReason":               g.castVoteWithReason,
		"castVoteBySig":                    g.castVoteBySig,
		"castVoteWithReasonAndParams":      g.castVoteWithReasonAndParams,
		"castVoteWithReasonAndParamsBySig": g.castVoteWithReasonAndParamsBySig,
	}
}
