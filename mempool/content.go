package mempool

import (
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
)

// Content lists every waiting transaction by sender: pending can be executed,
// queued waits behind a missing nonce.
func (p *Pool) Content() (pending, queued map[common.Address][]*types.Transaction) {
	pending, queued = make(map[common.Address][]*types.Transaction), make(map[common.Address][]*types.Transaction)
	p.mu.RLock()
	defer p.mu.RUnlock()
	for addr, acct := range p.accounts {
		now, later := acct.split()
		if len(now) > 0 {
			pending[addr] = now
		}
		if len(later) > 0 {
			queued[addr] = later
		}
	}
	return pending, queued
}

// ContentFrom is Content for one sender.
func (p *Pool) ContentFrom(addr common.Address) (pending, queued []*types.Transaction) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	if acct := p.accounts[addr]; acct != nil {
		return acct.split()
	}
	return nil, nil
}

// Status counts the waiting transactions.
func (p *Pool) Status() (pending, queued int) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	for _, acct := range p.accounts {
		n := acct.executable()
		pending += n
		queued += len(acct.txs) - n
	}
	return pending, queued
}

func (a *account) split() (pending, queued []*types.Transaction) {
	n := a.executable()
	for i, e := range a.txs {
		if i < n {
			pending = append(pending, e.tx)
		} else {
			queued = append(queued, e.tx)
		}
	}
	return pending, queued
}
