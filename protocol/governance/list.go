package governance

import (
	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"github.com/cybermiles/cybermiles/contract"
)

// maxPage is the most proposals that one call lists.
const maxPage = 100

// Proposal is a proposal as lists show it.
type Proposal struct {
	Id           *uint256.Int
	Proposer     common.Address
	Title        string
	State        State
	SnapshotTime uint64
	DeadlineTime uint64
	EtaTime      uint64
	DepositWei   *uint256.Int
	AgainstVotes *uint256.Int
	ForVotes     *uint256.Int
	AbstainVotes *uint256.Int
	VetoVotes    *uint256.Int
	QuorumVotes  *uint256.Int
}

func (g *Governance) proposal(ctx *contract.Context, id *uint256.Int) (Proposal, error) {
	r, current, err := g.find(ctx, id)
	if err != nil {
		return Proposal{}, err
	}
	t := g.store.Tallies.Get(ctx, id)
	p := Proposal{
		Id: id, Proposer: r.Proposer, Title: g.store.Titles.Get(ctx, id), State: current,
		SnapshotTime: r.Snapshot, DeadlineTime: r.deadline(), EtaTime: r.Eta, DepositWei: r.DepositWei,
		AgainstVotes: t.Against, ForVotes: t.For, AbstainVotes: t.Abstain, VetoVotes: t.Veto, QuorumVotes: new(uint256.Int),
	}
	if r.Settled {
		p.DepositWei = new(uint256.Int)
	}
	if ctx.Time() > r.Snapshot {
		p.QuorumVotes = g.quorumVotes(ctx, r.Snapshot)
	}
	return p, nil
}

func (g *Governance) proposals(ctx *contract.Context, cursor, limit *uint256.Int) ([]Proposal, error) {
	page := []Proposal{}
	if !cursor.IsUint64() {
		return page, nil
	}
	most := uint64(maxPage)
	if limit.LtUint64(most) {
		most = limit.Uint64()
	}
	for _, id := range g.store.Ids.Slice(ctx, cursor.Uint64(), most) {
		p, err := g.proposal(ctx, &id)
		if err != nil {
			return nil, err
		}
		page = append(page, p)
	}
	return page, nil
}

func (g *Governance) proposalCount(ctx *contract.Context) *uint256.Int {
	return uint256.NewInt(g.store.Ids.Len(ctx))
}

func (g *Governance) proposalDetails(ctx *contract.Context, id *uint256.Int) (
	targets []common.Address, values []*uint256.Int, calldatas [][]byte, descriptionHash common.Hash, err error,
) {
	r, _, err := g.find(ctx, id)
	if err != nil {
		return nil, nil, nil, common.Hash{}, err
	}
	targets, values, calldatas = split(g.store.Actions.Get(ctx, id))
	return targets, values, calldatas, r.DescriptionHash, nil
}
