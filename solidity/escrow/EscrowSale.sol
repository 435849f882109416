// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

/// @title Escrow sale
/// @notice Holds a buyer's money between payment and delivery. A seller lists, a buyer pays, the seller ships, the
/// buyer confirms. Silence does not block anybody: a seller that does not ship in time owes a refund, a buyer that
/// does not answer in time pays the seller.
///
///     list ──> Listed ──pay──> Paid ──ship──> Shipped ──confirm──> Confirmed   (seller paid)
///                │              │               ├──timeOut─────> TimedOut    (seller paid)
///              cancel         refund            └──refund──────> Refunded    (buyer paid)
///                v              v
///            Cancelled       Refunded
///
/// @dev Money moves out by `withdraw` alone (pull payments), so nobody can block another party's sale by refusing a
/// payment. The contract has no owner and cannot be changed. Prices are in CMT (token address zero) or in an ERC-20
/// token chosen by the seller; a token that delivers another amount than it was told to is refused at payment.
/// A rebasing token or one that can freeze accounts remains the risk of those who trade in it, and of them alone.
contract EscrowSale is ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    /// @notice Where a sale stands. The last four states are final.
    enum State {
        Missing,
        Listed,
        Paid,
        Shipped,
        Confirmed,
        TimedOut,
        Refunded,
        Cancelled
    }

    /// @notice One sale, packed into three storage slots. What changes with every step shares the first, so that a
    /// step costs the same gas whatever second it falls into, and an estimate made a second earlier is enough.
    struct Sale {
        /// Who offers the goods and is paid for them.
        address seller;
        /// Last second at which the awaited act is in time: shipping when Paid, an answer when Shipped.
        uint64 deadline;
        /// Where the sale stands.
        State state;
        /// Who has paid, or the only one who may pay; zero while anybody may.
        address buyer;
        /// Seconds the seller has to ship, counted from payment.
        uint32 shipWithin;
        /// Seconds the buyer has to answer, counted from shipping.
        uint32 confirmWithin;
        /// ERC-20 token of the price; zero for CMT.
        address token;
        /// Price in the token's smallest unit (wei for CMT).
        uint96 price;
    }

    /// @notice Number of sales ever listed; sale identifiers are 1 to this number.
    uint256 public count;

    mapping(uint256 id => Sale) private _sales;

    /// @notice What an account can withdraw, in the token's smallest unit; token zero is CMT.
    mapping(address token => mapping(address account => uint256 amount)) public owed;

    /// @notice Sale `id` was listed. `item` is whatever the seller uses to name the goods, often a hash.
    event Listed(
        uint256 indexed id,
        address indexed seller,
        address indexed buyer,
        address token,
        uint256 price,
        uint256 shipWithin,
        uint256 confirmWithin,
        bytes32 item
    );
    /// @notice `buyer` has paid; the seller must ship by `shipBy` (seconds since 1970).
    event Paid(uint256 indexed id, address indexed buyer, uint256 shipBy);
    /// @notice The goods are on their way; the buyer should answer by `confirmBy` (seconds since 1970).
    event Shipped(uint256 indexed id, uint256 confirmBy, bytes32 tracking);
    /// @notice The buyer confirmed; the price is the seller's.
    event Confirmed(uint256 indexed id);
    /// @notice The buyer did not answer in time; the price is the seller's.
    event TimedOut(uint256 indexed id);
    /// @notice The price is the buyer's again.
    event Refunded(uint256 indexed id);
    /// @notice The seller took back an unpaid offer.
    event Cancelled(uint256 indexed id);
    /// @notice `amount` of `token` owed to `account` was paid out to `to`.
    event Withdrawn(address indexed account, address indexed token, address to, uint256 amount);

    /// @notice There is no sale `id`.
    error SaleMissing(uint256 id);
    /// @notice The sale stands at `state`, where this cannot be done.
    error WrongState(uint256 id, State state);
    /// @notice Only the sale's seller may do this.
    error NotSeller(uint256 id, address caller);
    /// @notice Only the sale's buyer may do this.
    error NotBuyer(uint256 id, address caller);
    /// @notice The call must bring exactly `price`, but brought `sent`.
    error WrongPayment(uint256 price, uint256 sent);
    /// @notice The awaited act is still in time until `deadline`.
    error TooEarly(uint256 id, uint256 deadline);
    /// @notice The time for this ended with `deadline`.
    error TooLate(uint256 id, uint256 deadline);
    /// @notice A price must be above zero.
    error PriceZero();
    /// @notice Both periods must be above zero.
    error PeriodZero();
    /// @notice A token must be a contract, or zero for CMT.
    error NotAToken(address token);
    /// @notice Nothing is owed to `account` in `token`.
    error NothingOwed(address account, address token);
    /// @notice `to` refused the CMT paid to it.
    error PaymentRefused(address to);

    /// @notice Offers goods for sale.
    /// @param token ERC-20 token of the price, or zero for CMT.
    /// @param price Price in the token's smallest unit, above zero.
    /// @param shipWithin Seconds the caller will have to ship, counted from payment.
    /// @param confirmWithin Seconds the buyer will have to answer, counted from shipping.
    /// @param buyer The only account that may pay, or zero for anybody.
    /// @param item Name of the goods, often the hash of a description kept elsewhere; it is only logged.
    /// @return id The sale's identifier.
    function list(
        address token,
        uint96 price,
        uint32 shipWithin,
        uint32 confirmWithin,
        address buyer,
        bytes32 item
    ) external returns (uint256 id) {
        if (price == 0) revert PriceZero();
        if (shipWithin == 0 || confirmWithin == 0) revert PeriodZero();
        if (token != address(0) && token.code.length == 0) revert NotAToken(token);
        id = ++count;
        _sales[id] = Sale({
            seller: msg.sender,
            deadline: 0,
            state: State.Listed,
            buyer: buyer,
            shipWithin: shipWithin,
            confirmWithin: confirmWithin,
            token: token,
            price: price
        });
        emit Listed(id, msg.sender, buyer, token, price, shipWithin, confirmWithin, item);
    }

    /// @notice Takes back an offer nobody has paid for. Seller only.
    function cancel(uint256 id) external {
        Sale storage it = _at(id, State.Listed);
        _onlySeller(id, it);
        it.state = State.Cancelled;
        emit Cancelled(id);
    }

    /// @notice Buys: sends the price to this contract, as value for CMT or out of an allowance for a token.
    function pay(uint256 id) external payable nonReentrant {
        Sale storage it = _at(id, State.Listed);
        address only = it.buyer;
        if (only != address(0) && only != msg.sender) revert NotBuyer(id, msg.sender);
        uint64 shipBy = uint64(block.timestamp) + it.shipWithin;
        it.state = State.Paid;
        it.buyer = msg.sender;
        it.deadline = shipBy;
        emit Paid(id, msg.sender, shipBy);
        _collect(it.token, it.price);
    }

    /// @notice Says that the goods are on their way. Seller only, and in time.
    /// @param tracking The carrier's reference or its hash; it is only logged.
    function ship(uint256 id, bytes32 tracking) external {
        Sale storage it = _at(id, State.Paid);
        _onlySeller(id, it);
        if (block.timestamp > it.deadline) revert TooLate(id, it.deadline);
        uint64 confirmBy = uint64(block.timestamp) + it.confirmWithin;
        it.state = State.Shipped;
        it.deadline = confirmBy;
        emit Shipped(id, confirmBy, tracking);
    }

    /// @notice Says that the goods have arrived; the price becomes the seller's. Buyer only.
    function confirm(uint256 id) external {
        Sale storage it = _at(id, State.Shipped);
        if (msg.sender != it.buyer) revert NotBuyer(id, msg.sender);
        it.state = State.Confirmed;
        owed[it.token][it.seller] += it.price;
        emit Confirmed(id);
    }

    /// @notice Closes a shipped sale whose buyer did not answer in time; the price becomes the seller's. Anybody.
    function timeOut(uint256 id) external {
        Sale storage it = _at(id, State.Shipped);
        if (block.timestamp <= it.deadline) revert TooEarly(id, it.deadline);
        it.state = State.TimedOut;
        owed[it.token][it.seller] += it.price;
        emit TimedOut(id);
    }

    /// @notice Gives the price back to the buyer. The seller may do so at any time before the sale is closed, the
    /// buyer when the seller did not ship in time.
    function refund(uint256 id) external {
        Sale storage it = _existing(id);
        State state = it.state;
        if (state != State.Paid && state != State.Shipped) revert WrongState(id, state);
        if (msg.sender != it.seller) {
            if (msg.sender != it.buyer) revert NotBuyer(id, msg.sender);
            if (state != State.Paid) revert WrongState(id, state);
            if (block.timestamp <= it.deadline) revert TooEarly(id, it.deadline);
        }
        it.state = State.Refunded;
        owed[it.token][it.buyer] += it.price;
        emit Refunded(id);
    }

    /// @notice Pays out everything owed to the caller in `token` (zero for CMT).
    /// @param to Who receives it: the caller itself or an account of its choice.
    /// @return amount What was paid, in the token's smallest unit.
    function withdraw(address token, address to) external nonReentrant returns (uint256 amount) {
        amount = owed[token][msg.sender];
        if (amount == 0) revert NothingOwed(msg.sender, token);
        owed[token][msg.sender] = 0;
        emit Withdrawn(msg.sender, token, to, amount);
        if (token == address(0)) {
            (bool paid,) = to.call{value: amount}("");
            if (!paid) revert PaymentRefused(to);
        } else {
            IERC20(token).safeTransfer(to, amount);
        }
    }

    /// @notice Sale `id` as it stands.
    function sale(uint256 id) external view returns (Sale memory) {
        return _existing(id);
    }

    function _existing(uint256 id) private view returns (Sale storage found) {
        found = _sales[id];
        if (found.state == State.Missing) revert SaleMissing(id);
    }

    function _at(uint256 id, State state) private view returns (Sale storage found) {
        found = _existing(id);
        if (found.state != state) revert WrongState(id, found.state);
    }

    function _onlySeller(uint256 id, Sale storage found) private view {
        if (msg.sender != found.seller) revert NotSeller(id, msg.sender);
    }

    function _collect(address token, uint256 price) private {
        if (token == address(0)) {
            if (msg.value != price) revert WrongPayment(price, msg.value);
            return;
        }
        if (msg.value != 0) revert WrongPayment(0, msg.value);
        uint256 before = IERC20(token).balanceOf(address(this));
        IERC20(token).safeTransferFrom(msg.sender, address(this), price);
        uint256 received = IERC20(token).balanceOf(address(this)) - before;
        if (received != price) revert WrongPayment(price, received);
    }
}
