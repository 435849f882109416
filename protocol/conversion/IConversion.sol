// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title Conversion
/// @notice Pays the chain's coins to holders of the ERC-20 token, each claim once, against a Merkle proof and the
/// holder's signature.
/// @custom:address 0x000000000000000000000000000000000000c006
interface IConversion {
    /// @notice How far the conversion has come, in wei. converted + claimable + unclaimed = total.
    struct Totals {
        /// All tokens that are converted on this chain.
        uint256 totalWei;
        /// Already coins: those of the genesis' snapshot and the claims that were paid.
        uint256 convertedWei;
        /// In a claim tree and not yet paid.
        uint256 claimableWei;
        /// Set aside and in no claim tree yet.
        uint256 unclaimedWei;
    }

    /// @notice A claim tree.
    struct Tree {
        /// Its Merkle root.
        bytes32 root;
        /// The most that its claims can be paid together, in wei.
        uint256 totalWei;
        /// What they were paid, in wei.
        uint256 paidWei;
    }

    /// @notice A claim was paid.
    /// @param holder who held the tokens
    /// @param recipient who received the coins
    /// @param amountWei how many, in wei
    /// @param root of the claim tree
    event Claimed(address indexed holder, address indexed recipient, uint256 amountWei, bytes32 indexed root);

    /// @notice Governance has added a claim tree.
    /// @param root its Merkle root
    /// @param totalWei the most that its claims can be paid together, in wei
    event TreeAdded(bytes32 indexed root, uint256 totalWei);

    /// @notice Only governance may do this: make a proposal.
    /// @param caller who tried
    error NotGovernance(address caller);

    /// @notice There is such a claim tree already, or its root or total is zero.
    /// @param root the root that was given
    error NotANewTree(bytes32 root);

    /// @notice The tree needs more coins than are set aside; pay in the rest with the call.
    /// @param totalWei what the tree needs, in wei
    /// @param availableWei what is set aside and was paid in, in wei
    error TooFewCoins(uint256 totalWei, uint256 availableWei);

    /// @notice The proof leads to no claim tree; check the holder, the amount and the proof.
    /// @param root where the proof leads
    error UnknownTree(bytes32 root);

    /// @notice The holder's claim was paid before.
    /// @param holder who held the tokens
    /// @param recipient who received the coins
    error AlreadyClaimed(address holder, address recipient);

    /// @notice The signature is not the holder's for this recipient, amount and chain.
    /// @param holder who has to sign
    error NotSigned(address holder);

    /// @notice The account cannot receive coins; name another one.
    /// @param recipient the account that was named
    error NotARecipient(address recipient);

    /// @notice The claims of this tree ask for more than it has; its root or its total is wrong.
    /// @param root the tree
    /// @param leftWei what it has left, in wei
    error TreeExhausted(bytes32 root, uint256 leftWei);

    /// @notice Pays a claim. Anyone may hand it in.
    /// @param holder who held the tokens
    /// @param recipient who receives the coins
    /// @param amountWei how many, in wei: all that the tree gives the holder
    /// @param proof the siblings from the holder's leaf to the root
    /// @param signature the holder's EIP-712 signature of Claim(holder, recipient, amountWei): r, s, v
    function claim(address holder, address recipient, uint256 amountWei, bytes32[] calldata proof, bytes calldata signature) external;

    /// @notice Adds a claim tree, paid from what is set aside and what comes with the call. It cannot be taken back.
    /// Governance only.
    /// @param root its Merkle root
    /// @param totalWei what its claims add up to, in wei
    function addTree(bytes32 root, uint256 totalWei) external payable;

    /// @notice How far the conversion has come.
    /// @return figures in wei
    function totals() external view returns (Totals memory figures);

    /// @notice A claim tree.
    /// @param root its Merkle root
    /// @return found the tree
    function treeOf(bytes32 root) external view returns (Tree memory found);

    /// @notice All claim trees, the oldest first.
    /// @param cursor how many to leave out
    /// @param limit how many at most
    /// @return list the trees
    function trees(uint64 cursor, uint64 limit) external view returns (Tree[] memory list);

    /// @notice Whether a holder's claim was paid.
    /// @param holder who held the tokens
    /// @param amountWei what the tree gives the holder, in wei
    /// @return recipient who received the coins, zero when it was not paid
    /// @return time when, in seconds since 1970
    function claimed(address holder, uint256 amountWei) external view returns (address recipient, uint64 time);

    /// @notice What a holder has to sign for a claim, EIP-712.
    /// @param holder who held the tokens
    /// @param recipient who is to receive the coins
    /// @param amountWei how many, in wei
    /// @return hash the hash to sign
    function digest(address holder, address recipient, uint256 amountWei) external view returns (bytes32 hash);

    /// @notice The domain of signatures, EIP-5267.
    /// @return fields which of the following are used
    /// @return name "CyberMiles Conversion"
    /// @return version "1"
    /// @return chainId the chain's
    /// @return verifyingContract this contract
    /// @return salt zero
    /// @return extensions none
    function eip712Domain() external view returns (
        bytes1 fields, string memory name, string memory version, uint256 chainId, address verifyingContract, bytes32 salt,
        uint256[] memory extensions
    );
}
