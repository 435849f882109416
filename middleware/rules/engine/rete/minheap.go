package rete

// minHeap is a binary heap whose least number is at the top.
type minHeap []uint64

func (h *minHeap) push(x uint64) {
	items := append(*h, x)
	i := len(items) - 1
	for i > 0 && items[(i-1)/2] > x {
		items[i] = items[(i-1)/2]
		i = (i - 1) / 2
	}
	items[i] = x
	*h = items
}

// pop takes the least number. The heap must not be empty.
func (h *minHeap) pop() uint64 {
	items := *h
	least, last := items[0], items[len(items)-1]
	items = items[:len(items)-1]
	*h = items
	if len(items) == 0 {
		return least
	}
	i := 0
	for child := 1; child < len(items); child = 2*i + 1 {
		if child+1 < len(items) && items[child+1] < items[child] {
			child++
		}
		if items[child] >= last {
			break
		}
		items[i] = items[child]
		i = child
	}
	items[i] = last
	return least
}
