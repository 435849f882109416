// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {EscrowSale} from "@cybermiles/escrow/EscrowSale.sol";
import {WCMT} from "@cybermiles/wcmt/WCMT.sol";
import {Cheats} from "./Cheats.sol";

interface IPermit2 {
    function DOMAIN_SEPARATOR() external view returns (bytes32);
    function approve(address token, address spender, uint160 amount, uint48 expiration) external;
    function transferFrom(address from, address to, uint160 amount, address token) external;
}

interface IMulticall3 {

    function getChainId() external view returns (uint256);
}

/// @notice Runs on a fork of a live chain: forge test --match-contract ChainForkTest --fork-url URL
contract ChainForkTest is Cheats {
    WCMT private constant wcmt = WCMT(payable(0x0000000000000000000000000000000057434D54));
    IPermit2 private constant permit2 = IPermit2(0x000000000022D473030F116dDEE9F6B43aC78BA3);
    IMulticall3 private constant multicall3 = IMulticall3(0xcA11bde05977b3631167028862bE2a173976CA11);
    address private constant create2 = 0x4e59b44847b379578588920cA78FbF26c0B4956C;
    address private constant owner = address(0xA11CE);

    function test_wrappedCMTIsTheContractOfThisRepository() external {
        vm.assertEq(address(wcmt).code, address(new WCMT()).code, "code");
        vm.assertEq(wcmt.symbol(), "WCMT", "symbol");
    }

    function test_multicall3KnowsTheChain() external view {
        vm.assertEq(multicall3.getChainId(), block.chainid, "chain id");
    }

    function test_permit2MovesTokensAndSignsForThisChain() external {
        bytes32 domain = keccak256("EIP712Domain(string name,uint256 chainId,address verifyingContract)");
        bytes32 separator = keccak256(abi.encode(domain, keccak256("Permit2"), block.chainid, address(permit2)));
        vm.assertEq(uint256(permit2.DOMAIN_SEPARATOR()), uint256(separator), "domain separator");

        vm.deal(owner, 10);
        vm.startPrank(owner);
        wcmt.deposit{value: 10}();
        wcmt.approve(address(permit2), 10);
        permit2.approve(address(wcmt), address(this), 7, uint48(block.timestamp + 1));
        vm.stopPrank();
        permit2.transferFrom(owner, address(this), 7, address(wcmt));
        vm.assertEq(wcmt.balanceOf(address(this)), 7, "balance");
    }

    function test_theCreate2ProxyDeploysWhereItMust() external {
        bytes memory code = type(EscrowSale).creationCode;
        bytes32 salt = keccak256("forge");
        bytes32 hash = keccak256(abi.encodePacked(bytes1(0xff), create2, salt, keccak256(code)));
        (bool done, bytes memory answer) = create2.call(abi.encodePacked(salt, code));
        vm.assertEq(done ? uint256(uint160(bytes20(answer))) : 0, uint256(uint160(uint256(hash))), "address");
        vm.assertEq(EscrowSale(address(uint160(uint256(hash)))).count(), 0, "count");
    }
}
