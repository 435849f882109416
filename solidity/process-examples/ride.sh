#!/bin/sh
# Walks through the taxi ride on every path: dev1 rides, dev2 and dev3 drive, dev4 is their garage, dev5 the platform;
# dev6 and dev7 are the meters in the cabs.
. "$(dirname "$0")/walk.sh"
cybermiles process deploy "$here/ride.bpmn" --from dev0 --yes --output json >/dev/null
cabs='[{"driver": "'$(address dev2)'", "meter": "'$(address dev6)'"}, {"driver": "'$(address dev3)'", "meter": "'$(address dev7)'"}]'

# ride TITLE [DEPOSIT]: five thousand wei are held, the two nearest drivers are asked
ride() {
	title=$1
	shift
	start dev0 "$here/ride.bpmn" '{"from": "station", "to": "harbour", "baseWei": 100, "noShowWei": 50, "cabs": '"$cabs"'}' \
		--role rider=dev1 --role garage=dev4 --role platform=dev5 "$@"
}
request() { step dev1 request --value 5000wei; }
offers() {
	step dev2 offer '{"perKmWei": 30}'
	step dev3 offer '{"perKmWei": 20}'
}
# meter WHO READING
meter() { send "$1" process correlate meter "$(address "$1")" '{"reading": '"$2"'}'; }

ride "driven"
refused dev2 process complete "$instance" request
request
refused dev4 process complete "$instance" offer '{"perKmWei": 1}'
refused dev2 process complete "$instance" offer '{"perKmWei": 1, "offers": []}'
offers
refused dev1 process complete "$instance" choose '{"choice": 1, "offers": [{"driver": "'"$(address dev1)"'", "perKmWei": 1}]}'
step dev1 choose '{"choice": 1}'
refused dev3 process complete "$instance" arrive
step dev2 arrive
step dev1 board
refused dev2 process correlate meter "$(address dev6)" '{"reading": 900}'
meter dev6 4
meter dev6 10
meter dev6 7
step dev2 drive
ends completed dev1 -400 dev2 320 dev3 0 dev4 60 dev5 20

ride "no such offer, so the cheapest"
request
offers
step dev1 choose '{"choice": 9}'
step dev3 arrive
step dev1 board
step dev3 drive
ends completed dev1 -100 dev2 0 dev3 80 dev4 15 dev5 5

ride "more than is held"
request
offers
step dev1 choose '{"choice": 1}'
step dev2 arrive
step dev1 board
meter dev6 1000
step dev2 drive
ends completed dev1 -5000 dev2 4000 dev3 0 dev4 750 dev5 250

ride "not asked"
pass 600
ends completed dev1 0 dev2 0 dev3 0 dev4 0 dev5 0

ride "nobody offers"
request
pass 60
ends completed dev1 0 dev2 0 dev3 0 dev4 0 dev5 0

ride "worthless offers"
request
step dev2 offer '{"perKmWei": -1}'
step dev3 offer
ends completed dev1 0 dev2 0 dev3 0 dev4 0 dev5 0

ride "nothing paid in"
step dev1 request
step dev2 offer '{"perKmWei": 30}'
pass 60
ends completed dev1 0 dev2 0 dev3 0 dev4 0 dev5 0

ride "one offer, taken by silence"
request
step dev3 offer '{"perKmWei": 20}'
pass 60
pass 120
step dev3 arrive
step dev1 board
meter dev7 15
step dev3 drive
ends completed dev1 -400 dev2 0 dev3 320 dev4 60 dev5 20

ride "driver does not come"
request
offers
step dev1 choose '{"choice": 1}'
pass 1200
ends completed dev1 0 dev2 0 dev3 0 dev4 0 dev5 0

ride "rider does not come"
request
offers
step dev1 choose '{"choice": 1}'
step dev2 arrive
pass 300
ends completed dev1 -50 dev2 50 dev3 0 dev4 0 dev5 0

ride "driver forgets to say that it is over"
request
offers
step dev1 choose '{"choice": 1}'
step dev2 arrive
step dev1 board
meter dev6 10
pass 86400
ends completed dev1 -400 dev2 320 dev3 0 dev4 60 dev5 20
