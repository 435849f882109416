package governance

import (
	"errors"
	"fmt"
	"slices"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/holiman/uint256"

	"github.com/cybermiles/cybermiles/contract"
)

// storage is the contract's state, in Solidity's layout. What is kept by account
// is chained, each record naming the one before it, so that it can be listed.
type storage struct {
	Versions   contract.Array[Version]                                           // slot 0
	Ids        contract.Array[uint256.Int]                                       // slot 1
	Deposits   contract.Value[uint256.Int]                                       // slot 2
	Records    contract.Map[*uint256.Int, record]                                // slot 3
	Tallies    contract.Map[*uint256.Int, tally]                                 // slot 4
	Actions    contract.Map[*uint256.Int, []Action]                              // slot 5
	Titles     contract.Map[*uint256.Int, string]                                // slot 6
	Votes      contract.Nested[*uint256.Int, contract.Map[common.Address, vote]] // slot 7
	PoolKeys   contract.Nested[*uint256.Int, contract.Array[uint64]]             // slot 8
	Pools      contract.Nested[*uint256.Int, contract.Map[uint64, pool]]         // slot 9
	Candidates contract.Nested[*uint256.Int, contract.Map[uint64, candidate]]    // slot 10
	Open       contract.Map[common.Address, uint32]                              // slot 11
	Nonces     contract.Map[common.Address, nonce]                               // slot 12
	LastSigner contract.Value[common.Address]                                    // slot 13
}

// record is a proposal without its calls.
type record struct {
	Proposer        common.Address
	Snapshot        uint64       // seconds
	VotingPeriod    uint32       // seconds
	DepositWei      *uint256.Int `sol:"uint128"`
	Eta             uint64       // seconds; 0 before it is queued
	Number          uint32       // in Ids, from 0
	Settled         bool         // the deposit has gone where it belongs
	Executed        bool
	Canceled        bool
	DescriptionHash common.Hash
	LastVoter       common.Address // head of the chain of votes
}

// exists tells a proposal from an unset record; a proposer is never zero, as
// nobody can sign for the zero address.
func (r *record) exists() bool { return r.Proposer != (common.Address{}) }

func (r *record) deadline() uint64 { return r.Snapshot + uint64(r.VotingPeriod) }

// Action is one call of a proposal.
type Action struct {
	Target   common.Address `json:"target"`
	ValueWei *uint256.Int   `json:"valueWei"`
	Data     hexutil.Bytes  `json:"data"`
}

// tally counts votes, in wei of stake.
type tally struct {
	Against *uint256.Int `sol:"uint128"`
	For     *uint256.Int `sol:"uint128"`
	Abstain *uint256.Int `sol:"uint128"`
	Veto    *uint256.Int `sol:"uint128"`
}

// vote is what an account voted itself; the account that voted before it
// follows, zero for the first.
type vote struct {
	Voted    bool
	Support  Support
	Previous common.Address
}

// pool is one of a candidate's pools as a proposal sees it: the weight of all
// its shares, fixed when the first of them votes, and how much of it delegators
// have voted with themselves.
type pool struct {
	Shares     *uint256.Int
	Weight     *uint256.Int `sol:"uint128"`
	Overridden *uint256.Int `sol:"uint128"`
}

// candidate is the vote cast for a candidate's delegators.
type candidate struct {
	Voter   common.Address // zero before it is cast
	Support Support
}

type nonce struct {
	Next     uint64
	Previous common.Address
}

// Genesis is the contract's whole state. A new chain's has one version of the
// parameters and nothing else.
type Genesis struct {
	Versions  []Version        `json:"versions"`
	Proposals []ProposalRecord `json:"proposals,omitempty"`
	Nonces    []AccountNonce   `json:"nonces,omitempty"`
}

// Version is parameters and the first timepoint they apply to.
type Version struct {
	Since      uint64     `json:"since"`
	Parameters Parameters `json:"parameters"`
}

// ProposalRecord is a proposal with everything that belongs to it.
type ProposalRecord struct {
	Proposer        common.Address  `json:"proposer"`
	Title           string          `json:"title"`
	DescriptionHash common.Hash     `json:"descriptionHash"`
	Snapshot        uint64          `json:"snapshot"`
	VotingPeriod    uint32          `json:"votingPeriod"`
	Eta             uint64          `json:"eta,omitempty"`
	DepositWei      *uint256.Int    `json:"depositWei"`
	Settled         bool            `json:"settled,omitempty"`
	Executed        bool            `json:"executed,omitempty"`
	Canceled        bool            `json:"canceled,omitempty"`
	AgainstVotes    *uint256.Int    `json:"againstVotes"`
	ForVotes        *uint256.Int    `json:"forVotes"`
	AbstainVotes    *uint256.Int    `json:"abstainVotes"`
	VetoVotes       *uint256.Int    `json:"vetoVotes"`
	Actions         []Action        `json:"actions"`
	Votes           []AccountVote   `json:"votes,omitempty"`
	Pools           []PoolRecord    `json:"pools,omitempty"`
	Candidates      []CandidateVote `json:"candidates,omitempty"`
}

// AccountVote is what an account voted itself.
type AccountVote struct {
	Account common.Address `json:"account"`
	Support Support        `json:"support"`
}

// PoolRecord is the weight of a candidate's pool in a proposal.
type PoolRecord struct {
	Candidate     uint64       `json:"candidate"`
	Pool          uint8        `json:"pool"`
	Shares        *uint256.Int `json:"shares"`
	WeightWei     *uint256.Int `json:"weightWei"`
	OverriddenWei *uint256.Int `json:"overriddenWei"`
}

// CandidateVote is the vote cast for a candidate's delegators.
type CandidateVote struct {
	Candidate uint64         `json:"candidate"`
	Voter     common.Address `json:"voter"`
	Support   Support        `json:"support"`
}

// AccountNonce is the nonce of an account's next signed vote.
type AccountNonce struct {
	Account common.Address `json:"account"`
	Next    uint64         `json:"next"`
}

// Begin writes the state of a genesis. The contract's balance must hold the
// deposits that are not settled.
func (g *Governance) Begin(ctx *contract.Context, genesis Genesis) error {
	if len(genesis.Versions) == 0 {
		return fmt.Errorf("governance: the genesis has no parameters; begin with %q", "versions")
	}
	for i, version := range genesis.Versions {
		if i > 0 && version.Since <= genesis.Versions[i-1].Since {
			return fmt.Errorf("governance: parameters of %d do not come after those of %d", version.Since, genesis.Versions[i-1].Since)
		}
		if err := g.checkParameters(&version.Parameters); err != nil {
			return fmt.Errorf("governance: %w", err)
		}
		g.store.Versions.Push(ctx, version)
	}
	for i := range genesis.Proposals {
		if err := g.beginProposal(ctx, &genesis.Proposals[i]); err != nil {
			return fmt.Errorf("governance: proposal %d: %w", i, err)
		}
	}
	previous := common.Address{}
	for _, each := range genesis.Nonces {
		g.store.Nonces.Set(ctx, each.Account, nonce{each.Next, previous})
		previous = each.Account
	}
	g.store.LastSigner.Set(ctx, previous)
	return nil
}

func (g *Governance) beginProposal(ctx *contract.Context, p *ProposalRecord) error {
	if err := p.check(); err != nil {
		return err
	}
	id, err := g.idOf(ctx, p.Actions, p.DescriptionHash)
	if err != nil {
		return err
	}
	r := record{
		Proposer: p.Proposer, Snapshot: p.Snapshot, VotingPeriod: p.VotingPeriod, DepositWei: p.DepositWei, Eta: p.Eta,
		Number: uint32(g.store.Ids.Push(ctx, *id)), Settled: p.Settled, Executed: p.Executed, Canceled: p.Canceled,
		DescriptionHash: p.DescriptionHash,
	}
	votes := g.store.Votes.At(ctx, id)
	for _, each := range p.Votes {
		votes.Set(ctx, each.Account, vote{true, each.Support, r.LastVoter})
		r.LastVoter = each.Account
	}
	keys, pools, candidates := g.store.PoolKeys.At(ctx, id), g.store.Pools.At(ctx, id), g.store.Candidates.At(ctx, id)
	for _, each := range p.Pools {
		key := poolKey(each.Candidate, each.Pool)
		keys.Push(ctx, key)
		pools.Set(ctx, key, pool{each.Shares, each.WeightWei, each.OverriddenWei})
	}
	for _, each := range p.Candidates {
		candidates.Set(ctx, each.Candidate, candidate{each.Voter, each.Support})
	}
	g.store.Records.Set(ctx, id, r)
	g.store.Tallies.Set(ctx, id, tally{p.AgainstVotes, p.ForVotes, p.AbstainVotes, p.VetoVotes})
	g.store.Actions.Set(ctx, id, p.Actions)
	g.store.Titles.Set(ctx, id, p.Title)
	if !r.Settled {
		g.hold(ctx, &r)
	}
	return nil
}

// check refuses what Export does not write.
func (p *ProposalRecord) check() error {
	amounts := []*uint256.Int{p.DepositWei, p.AgainstVotes, p.ForVotes, p.AbstainVotes, p.VetoVotes}
	supports := []Support{}
	for _, each := range p.Actions {
		amounts = append(amounts, each.ValueWei)
	}
	for _, each := range p.Pools {
		amounts = append(amounts, each.Shares, each.WeightWei, each.OverriddenWei)
	}
	for _, each := range p.Votes {
		supports = append(supports, each.Support)
	}
	for _, each := range p.Candidates {
		supports = append(supports, each.Support)
	}
	switch {
	case p.Proposer == (common.Address{}) || p.Snapshot == 0 || len(p.Actions) == 0:
		return errors.New("proposer, snapshot and actions are needed")
	case slices.Contains(amounts, nil):
		return errors.New("an amount is missing")
	case slices.ContainsFunc(supports, func(s Support) bool { return s > Veto }):
		return errors.New("a support is 0 against, 1 for, 2 abstain or 3 veto")
	}
	return nil
}

// Export reads the whole state.
func (g *Governance) Export(ctx *contract.Context) Genesis {
	genesis := Genesis{Versions: g.store.Versions.Slice(ctx, 0, g.store.Versions.Len(ctx))}
	for _, id := range g.store.Ids.Slice(ctx, 0, g.store.Ids.Len(ctx)) {
		genesis.Proposals = append(genesis.Proposals, g.exportProposal(ctx, &id))
	}
	for account := g.store.LastSigner.Get(ctx); account != (common.Address{}); {
		n := g.store.Nonces.Get(ctx, account)
		genesis.Nonces = append(genesis.Nonces, AccountNonce{account, n.Next})
		account = n.Previous
	}
	slices.Reverse(genesis.Nonces)
	return genesis
}

func (g *Governance) exportProposal(ctx *contract.Context, id *uint256.Int) ProposalRecord {
	r, t := g.store.Records.Get(ctx, id), g.store.Tallies.Get(ctx, id)
	p := ProposalRecord{
		Proposer: r.Proposer, Title: g.store.Titles.Get(ctx, id), DescriptionHash: r.DescriptionHash,
		Snapshot: r.Snapshot, VotingPeriod: r.VotingPeriod, Eta: r.Eta, DepositWei: r.DepositWei,
		Settled: r.Settled, Executed: r.Executed, Canceled: r.Canceled,
		AgainstVotes: t.Against, ForVotes: t.For, AbstainVotes: t.Abstain, VetoVotes: t.Veto,
		Actions: g.store.Actions.Get(ctx, id),
	}
	votes := g.store.Votes.At(ctx, id)
	for account := r.LastVoter; account != (common.Address{}); {
		v := votes.Get(ctx, account)
		p.Votes = append(p.Votes, AccountVote{account, v.Support})
		account = v.Previous
	}
	slices.Reverse(p.Votes)
	keys, pools, candidates := g.store.PoolKeys.At(ctx, id), g.store.Pools.At(ctx, id), g.store.Candidates.At(ctx, id)
	for _, key := range keys.Slice(ctx, 0, keys.Len(ctx)) {
		each, number := pools.Get(ctx, key), key>>8
		p.Pools = append(p.Pools, PoolRecord{number, uint8(key), each.Shares, each.Weight, each.Overridden})
		listed := slices.ContainsFunc(p.Candidates, func(c CandidateVote) bool { return c.Candidate == number })
		if c := candidates.Get(ctx, number); !listed && c.Voter != (common.Address{}) {
			p.Candidates = append(p.Candidates, CandidateVote{number, c.Voter, c.Support})
		}
	}
	return p
}
