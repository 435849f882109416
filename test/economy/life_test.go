package economy

import (
	"math/big"
	"path/filepath"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/stretchr/testify/require"

	"github.com/cybermiles/cybermiles/client/contracts"
	"github.com/cybermiles/cybermiles/network"
	"github.com/cybermiles/cybermiles/test/cluster"
)

// TestLife is what a validator and its delegators do, from joining to an
// upgrade of the whole network.
func TestLife(t *testing.T) {
	t.Parallel()
	n := newNet(t, 100) // time enough for a node to start
	require.Len(t, n.validators(), 4)
	joined := n.Join("joined")
	joined.Start()
	id := joins(n, joined)
	delegates(n, id)
	rotatesKey(n, joined, id)
	upgrades(n, votes(n))
	n.RequireSame()
}

// joins makes a node that has only followed the chain a validator, from an
// ordinary wallet.
func joins(n *net, joined *cluster.Node) uint64 {
	n.t.Helper()
	key := n.keyOf(joined.Home)
	n.must(n.Spare, contracts.StakingAddress, cmt(3_000), n.staking.PackDeclareCandidate(key, "joined", "https://joined.example", "", 500))
	id := view(n, contracts.StakingAddress, n.staking.PackValidatorByOwner(n.Spare.Address), n.staking.UnpackValidatorByOwner)
	require.EqualValues(n.t, 5, id)
	n.until("the newcomer to decide on blocks", func() bool { return n.decides(key) })
	require.Len(n.t, n.validators(), 5)
	require.EqualValues(n.t, 3_000, n.candidate(id).Power)
	return id
}

// delegates puts coins to work and takes them out again.
func delegates(n *net, id uint64) {
	n.t.Helper()
	who, staking := n.Senders[0], contracts.StakingAddress
	n.must(who, staking, cmt(2_000), n.staking.PackDelegate(id, false))
	n.until("power to follow the stake", func() bool { return n.candidate(id).Power == 5_000 })
	n.until("rewards", func() bool {
		return view(n, staking, n.staking.PackPendingRewards(who.Address), n.staking.UnpackPendingRewards).Sign() > 0
	})
	before := n.balance(who.Address)
	receipt := n.must(who, staking, nil, n.staking.PackClaim(id))
	fee := new(big.Int).Mul(receipt.EffectiveGasPrice, new(big.Int).SetUint64(receipt.GasUsed))
	require.Positive(n.t, fee.Add(fee, n.balance(who.Address)).Cmp(before), "a claim pays")

	n.must(who, staking, nil, n.staking.PackUndelegate(id, 0, cmt(500)))
	list := view(n, staking, n.staking.PackUnbondings(who.Address, 0, 10), n.staking.UnpackUnbondings).List
	require.Len(n.t, list, 1)
	require.Equal(n.t, cmt(500), list[0].AmountWei)
	n.until("power to follow the stake", func() bool { return n.candidate(id).Power == 4_500 })
	if !long() {
		return
	}
	before = n.balance(who.Address)
	time.Sleep(unbonding * time.Second)
	n.until("the coins to come back by themselves", func() bool { return n.balance(who.Address).Cmp(before) > 0 })
	require.Equal(n.t, cmt(500), new(big.Int).Sub(n.balance(who.Address), before))
}

// rotatesKey changes the key that the new validator signs with.
func rotatesKey(n *net, joined *cluster.Node, id uint64) {
	n.t.Helper()
	old, next := n.keyOf(joined.Home), network.Home(filepath.Join(n.t.TempDir(), "next"))
	_, err := next.CreateKeys()
	require.NoError(n.t, err)
	key := n.keyOf(next)
	n.must(n.Spare, contracts.StakingAddress, nil, n.staking.PackRotateKey(key))
	n.until("the new key to be in force", func() bool { return n.decides(key) && !n.decides(old) })
	joined.Stop()
	joined.TakeKey(next)
	joined.Start()
	joined.WaitHeight(n.Nodes[0].Height(), patience)
	n.until("the new key's votes to be counted", func() bool {
		missed := n.candidate(id).MissedBlocks
		height := n.Nodes[0].Height()
		n.Nodes[0].WaitHeight(height+6, patience)
		return n.candidate(id).MissedBlocks <= missed
	})
	require.EqualValues(n.t, active, n.candidate(id).Status)
	require.EqualValues(n.t, key, n.candidate(id).ConsensusKey)
}

// upgradeName is what the network is upgraded to.
const upgradeName = "spring"

// votes lets the validators vote for a new epoch and an upgrade, and returns the
// upgrade's height.
func votes(n *net) uint64 {
	n.t.Helper()
	governance, treasury := contracts.NewGovernance(), n.balance(contracts.TreasuryAddress)
	parameters := view(n, contracts.StakingAddress, n.staking.PackParameters(), n.staking.UnpackParameters)
	parameters.EpochBlocks = 7
	height := n.Nodes[0].Height() + 110
	targets := []common.Address{contracts.StakingAddress, contracts.UpgradeAddress}
	values := []*big.Int{new(big.Int), new(big.Int)}
	data := [][]byte{n.staking.PackSetParameters(parameters), contracts.NewUpgrade().PackPlan(upgradeName, height, "")}
	const title = "A longer epoch, and spring"

	proposer := n.Senders[1]
	for i := range 3 {
		n.must(n.Senders[2], n.operator(i).Address, cmt(1), nil)
	}
	n.must(proposer, contracts.GovernanceAddress, cmt(1_000), governance.PackPropose(targets, values, data, title))
	proposal := view(n, contracts.GovernanceAddress, governance.PackHashProposal(targets, values, data, crypto.Keccak256Hash([]byte(title))), governance.UnpackHashProposal)
	state := func() uint8 {
		return view(n, contracts.GovernanceAddress, governance.PackState(proposal), governance.UnpackState)
	}
	const voting, succeeded, executed = 1, 4, 7 // IGovernor.ProposalState
	n.until("the vote to begin", func() bool { return state() == voting })
	for i := range 3 {
		n.must(n.operator(i), contracts.GovernanceAddress, nil, governance.PackCastVote(proposal, 1))
	}
	require.EqualValues(n.t, 5, view(n, contracts.StakingAddress, n.staking.PackParameters(), n.staking.UnpackParameters).EpochBlocks, "nothing has happened yet")
	n.until("the vote to end", func() bool { return state() == succeeded })
	n.must(proposer, contracts.GovernanceAddress, nil, governance.PackQueue0(proposal))
	time.Sleep(2 * time.Second)
	n.must(proposer, contracts.GovernanceAddress, nil, governance.PackExecute0(proposal))
	require.EqualValues(n.t, executed, state())
	require.EqualValues(n.t, 7, view(n, contracts.StakingAddress, n.staking.PackParameters(), n.staking.UnpackParameters).EpochBlocks)
	require.Equal(n.t, treasury, n.balance(contracts.TreasuryAddress), "the deposit has gone back")
	require.Less(n.t, n.Nodes[0].Height(), height, "the upgrade is still ahead")
	return height
}

// upgrades waits until every node has stopped before the planned height, by
// itself and saying why, and goes on with a program that knows the upgrade.
func upgrades(n *net, height uint64) {
	n.t.Helper()
	program := cluster.Build(n.t, "-ldflags", "-X github.com/cybermiles/cybermiles/contracts.known="+upgradeName)
	for _, node := range n.Nodes {
		node.WaitExit(patience)
		require.True(n.t, node.Said(`upgrade \"`+upgradeName) || node.Said(`upgrade "`+upgradeName), "%s does not say why it stopped:\n%s", node.Name, node.Tail())
	}
	old := n.Nodes[0]
	old.Launch() // the old program does not go on by trying again
	old.WaitExit(patience)
	for _, node := range n.Nodes {
		node.SetBinary(program)
	}
	n.Start()
	for _, node := range n.Nodes {
		node.WaitHeight(height+5, patience)
	}
	upgrade := contracts.NewUpgrade()
	require.Equal(n.t, height, view(n, contracts.UpgradeAddress, upgrade.PackAppliedAt(upgradeName), upgrade.UnpackAppliedAt))
	var block struct{ Number hexutil.Uint64 }
	require.NoError(n.t, n.Nodes[0].Call(&block, "eth_getBlockByNumber", hexutil.Uint64(height), false))
}
