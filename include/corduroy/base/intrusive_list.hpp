#pragma once

#include <utility>

namespace corduroy {

// A link of an IntrusiveList; derive the element from it (with a tag of its own where it stands in several lists). A
// node can leave its list in constant time without knowing which list it is. It must leave before it is destroyed.
template <class Tag = void>
class ListNode {
public:
    ListNode() = default;
    ListNode(const ListNode&) = delete;
    ListNode& operator=(const ListNode&) = delete;

    bool linked() const noexcept { return next_ != nullptr; }

    void unlink() noexcept {
        previous_->next_ = next_;
        next_->previous_ = previous_;
        previous_ = next_ = nullptr;
    }

private:
    template <class, class>
    friend class IntrusiveList;

    ListNode* previous_ = nullptr;
    ListNode* next_ = nullptr;
};

// A doubly linked list of elements that it does not own and that carry their own links: no allocation, constant-time
// insertion and removal. The list is not movable, for its elements point at it.
template <class T, class Tag = void>
class IntrusiveList {
    using Node = ListNode<Tag>;

public:
    IntrusiveList() noexcept { head_.previous_ = head_.next_ = &head_; }
    IntrusiveList(const IntrusiveList&) = delete;
    IntrusiveList& operator=(const IntrusiveList&) = delete;
    ~IntrusiveList() { head_.previous_ = head_.next_ = nullptr; }

    bool empty() const noexcept { return head_.next_ == &head_; }
    T& front() noexcept { return element(head_.next_); }

    void push_back(T& value) noexcept { insert_before(&head_, &static_cast<Node&>(value)); }
    void push_front(T& value) noexcept { insert_before(head_.next_, &static_cast<Node&>(value)); }

    T& pop_front() noexcept {
        Node* first = head_.next_;
        first->unlink();
        return element(first);
    }

    // Moves all elements of `other` behind those of this list; `other` is then empty.
    void take_all(IntrusiveList& other) noexcept {
        if (other.empty()) return;
        Node* first = other.head_.next_;
        Node* last = other.head_.previous_;
        other.head_.previous_ = other.head_.next_ = &other.head_;
        first->previous_ = head_.previous_;
        head_.previous_->next_ = first;
        last->next_ = &head_;
        head_.previous_ = last;
    }

    // Calls `f` with each element in order; `f` may unlink the element it is given, and no other.
    template <class F>
    void for_each(F&& f) {
        for (Node* node = head_.next_; node != &head_;) f(element(std::exchange(node, node->next_)));
    }

private:
    static T& element(Node* node) noexcept { return static_cast<T&>(*node); }

    static void insert_before(Node* place, Node* node) noexcept {
        node->previous_ = place->previous_;
        node->next_ = place;
        place->previous_->next_ = node;
        place->previous_ = node;
    }

    Node head_;
};

} // namespace corduroy
