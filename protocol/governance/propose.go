package governance

import (
	"strings"
	"unicode/utf8"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/holiman/uint256"

	"github.com/cybermiles/cybermiles/contract"
)

// Limits of a proposal; the first in calls, the others in bytes.
const (
	maxActions     = 10
	maxData        = 16_384
	maxDescription = 8_192
	maxTitle       = 80
)

func (g *Governance) propose(
	ctx *contract.Context, targets []common.Address, values []*uint256.Int, calldatas [][]byte, description string,
) (*uint256.Int, error) {
	proposer, parameters := ctx.Caller(), g.parameters(ctx)
	if err := g.admit(ctx, &parameters, targets, values, calldatas, description); err != nil {
		return nil, err
	}
	descriptionHash := ctx.Hash([]byte(description))
	id, err := g.hashProposal(ctx, targets, values, calldatas, descriptionHash)
	if err != nil {
		return nil, err
	}
	if r := g.store.Records.Get(ctx, id); r.exists() {
		return nil, g.fail.GovernorUnexpectedProposalState(id, g.stateOf(ctx, id, &r), common.Hash{})
	}
	r := record{
		Proposer: proposer, Snapshot: ctx.Time() + parameters.VotingDelay, VotingPeriod: uint32(parameters.VotingPeriod),
		DepositWei: ctx.Value(), Number: uint32(g.store.Ids.Push(ctx, *id)), DescriptionHash: descriptionHash,
	}
	actions := make([]Action, len(targets))
	for i := range actions {
		actions[i] = Action{targets[i], values[i], hexutil.Bytes(calldatas[i])}
	}
	g.store.Records.Set(ctx, id, r)
	g.store.Actions.Set(ctx, id, actions)
	g.store.Titles.Set(ctx, id, titleOf(description))
	g.hold(ctx, &r)
	g.emit.ProposalCreated(ctx, id, proposer, targets, values, make([]string, len(targets)), calldatas,
		uint256.NewInt(r.Snapshot), uint256.NewInt(r.deadline()), description)
	return id, nil
}

// admit checks a proposal before it is stored.
func (g *Governance) admit(
	ctx *contract.Context, p *Parameters, targets []common.Address, values []*uint256.Int, calldatas [][]byte, description string,
) error {
	n := len(targets)
	if n == 0 || n > maxActions || len(values) != n || len(calldatas) != n {
		return g.fail.GovernorInvalidProposalLength(count(n), count(len(calldatas)), count(len(values)))
	}
	size := 0
	for _, data := range calldatas {
		size += len(data)
	}
	switch proposer := ctx.Caller(); {
	case size > maxData:
		return g.fail.ProposalTooLarge("data", count(size), count(maxData))
	case len(description) > maxDescription:
		return g.fail.ProposalTooLarge("description", count(len(description)), count(maxDescription))
	case !mayPropose(proposer, description):
		return g.fail.GovernorRestrictedProposer(proposer)
	case !ctx.Value().Eq(p.DepositWei):
		return g.fail.WrongDeposit(ctx.Value(), p.DepositWei)
	case g.store.Open.Get(ctx, proposer) >= p.MaxOpenProposals:
		return g.fail.TooManyOpenProposals(proposer, uint256.NewInt(uint64(g.store.Open.Get(ctx, proposer))))
	}
	return nil
}

func count(n int) *uint256.Int { return uint256.NewInt(uint64(n)) }

// mayPropose is OpenZeppelin's protection against proposals being made by others
// first: a description may end with #proposer=0x and 40 hex digits.
func mayPropose(proposer common.Address, description string) bool {
	const mark, digits = "#proposer=0x", 2 * common.AddressLength
	if len(description) < len(mark)+digits {
		return true
	}
	at := len(description) - digits
	named := description[at:]
	if description[at-len(mark):at] != mark || !common.IsHexAddress(named) {
		return true
	}
	return common.HexToAddress(named) == proposer
}

// titleOf is the first line of a description without a heading's marks, cut
// between characters where it is long.
func titleOf(description string) string {
	line, _, _ := strings.Cut(strings.TrimLeft(description, "# \t\r\n"), "\n")
	line = strings.TrimRight(line, " \t\r")
	if len(line) <= maxTitle {
		return line
	}
	cut := maxTitle
	for cut > 0 && !utf8.RuneStart(line[cut]) {
		cut--
	}
	return line[:cut]
}

// hashProposal is keccak256 of the ABI encoding of its inputs.
func (g *Governance) hashProposal(
	ctx *contract.Context, targets []common.Address, values []*uint256.Int, calldatas [][]byte, descriptionHash common.Hash,
) (*uint256.Int, error) {
	encoded, err := contract.Pack(g, "hashProposal", targets, values, calldatas, descriptionHash)
	if err != nil {
		return nil, err
	}
	const wordGas = 3 // as the framework charges for encoding
	ctx.Charge(wordGas * uint64(len(encoded)/common.HashLength))
	hash := ctx.Hash(encoded[4:])
	return new(uint256.Int).SetBytes32(hash[:]), nil
}

// idOf is the id of a proposal of these calls.
func (g *Governance) idOf(ctx *contract.Context, actions []Action, descriptionHash common.Hash) (*uint256.Int, error) {
	targets, values, calldatas := split(actions)
	return g.hashProposal(ctx, targets, values, calldatas, descriptionHash)
}

func split(actions []Action) (targets []common.Address, values []*uint256.Int, calldatas [][]byte) {
	for _, a := range actions {
		targets, values, calldatas = append(targets, a.Target), append(values, a.ValueWei), append(calldatas, a.Data)
	}
	return targets, values, calldatas
}
