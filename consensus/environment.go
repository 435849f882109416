package consensus

import (
	"crypto/sha256"
	"encoding/binary"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"

	"github.com/cybermiles/cybermiles/execution"
)

// proposal is what Prepare-, ProcessProposal and FinalizeBlock have in common.
type proposal struct {
	time     time.Time
	proposer []byte
	votes    []abci.VoteInfo // the last commit's
	evidence []abci.Misbehavior
	txs      [][]byte
}

// environment derives what execution needs from what consensus agreed on.
func (a *App) environment(parent *types.Header, p proposal) execution.Environment {
	return execution.Environment{
		Time:       p.time,
		Coinbase:   a.Validators.Coinbase(parent, validatorAddress(p.proposer)),
		PrevRandao: randao(parent, p.time, p.votes),
		ParentHash: a.consensusHash(parent.Number.Uint64()),
		Consensus:  contribution(p),
	}
}

// contribution is what validators did, as execution takes it.
func contribution(p proposal) *execution.Consensus {
	c := &execution.Consensus{Proposer: validatorAddress(p.proposer)}
	for _, vote := range p.votes {
		signed := vote.BlockIdFlag == cmtproto.BlockIDFlagCommit || vote.BlockIdFlag == cmtproto.BlockIDFlagNil
		c.Votes = append(c.Votes, execution.Vote{Validator: validatorAddress(vote.Validator.Address), Signed: signed})
	}
	for _, m := range p.evidence {
		c.Misbehavior = append(c.Misbehavior, execution.Misbehavior{
			Validator: validatorAddress(m.Validator.Address), Height: uint64(m.Height), Time: m.Time,
		})
	}
	return c
}

func validatorAddress(address []byte) (a execution.ValidatorAddress) {
	copy(a[:], address)
	return a
}

// consensusHash is the hash of the consensus block at a height.
func (a *App) consensusHash(height uint64) common.Hash {
	hash := a.Chain.ConsensusHash(height)
	if hash == (common.Hash{}) && a.DecidedHash != nil {
		return a.DecidedHash(height)
	}
	return hash
}

// randao chains a random value from block to block with what the validators
// contributed to the last commit: the BFT time in nanoseconds, which is the
// median of their clocks at voting, and who voted. The proposer knows the value
// when it orders transactions and can bias it by choosing which precommits
// beyond two thirds it includes; a single validator controls it. It suits
// tie-breaking, not lotteries: docs/decisions/0003-prevrandao.md.
func randao(parent *types.Header, at time.Time, votes []abci.VoteInfo) common.Hash {
	seed := binary.BigEndian.AppendUint64(parent.MixDigest.Bytes(), uint64(at.UnixNano()))
	for _, vote := range votes {
		seed = append(seed, vote.Validator.Address...)
		seed = append(seed, byte(vote.BlockIdFlag))
	}
	return crypto.Keccak256Hash(seed)
}

// digest identifies an execution: the same parent, environment and
// transactions give the same block.
func digest(parent common.Hash, env execution.Environment, txs [][]byte) (sum [32]byte) {
	h := sha256.New()
	h.Write(parent[:])
	h.Write(binary.BigEndian.AppendUint64(nil, uint64(env.Time.UnixNano())))
	h.Write(env.Coinbase[:])
	h.Write(env.PrevRandao[:])
	h.Write(env.ParentHash[:])
	h.Write(env.Consensus.Proposer[:])
	for _, m := range env.Consensus.Misbehavior { // the votes are in PrevRandao
		h.Write(m.Validator[:])
		h.Write(binary.BigEndian.AppendUint64(nil, m.Height))
		h.Write(binary.BigEndian.AppendUint64(nil, uint64(m.Time.UnixNano())))
	}
	var length [8]byte
	for _, tx := range txs {
		binary.BigEndian.PutUint64(length[:], uint64(len(tx)))
		h.Write(length[:])
		h.Write(tx)
	}
	h.Sum(sum[:0])
	return sum
}

func votesOf(extended []abci.ExtendedVoteInfo) []abci.VoteInfo {
	votes := make([]abci.VoteInfo, len(extended))
	for i, vote := range extended {
		votes[i] = abci.VoteInfo{Validator: vote.Validator, BlockIdFlag: vote.BlockIdFlag}
	}
	return votes
}
