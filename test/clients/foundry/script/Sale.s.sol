// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {EscrowSale} from "@cybermiles/escrow/EscrowSale.sol";
import {Cheats} from "../test/Cheats.sol";

/// @notice Deploys an escrow and runs one sale of the sender to itself, as separate transactions:
/// forge script script/Sale.s.sol --rpc-url URL --private-key KEY --broadcast
contract SaleScript is Cheats {
    function run() external returns (EscrowSale escrow) {
        vm.startBroadcast();
        escrow = new EscrowSale();
        uint256 id = escrow.list(address(0), 1 gwei, 3600, 3600, address(0), "a book");
        escrow.pay{value: 1 gwei}(id);
        escrow.ship(id, "by hand");
        escrow.confirm(id);
        escrow.withdraw(address(0), msg.sender);
        vm.stopBroadcast();
    }
}
