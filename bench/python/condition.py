"""Two processes that take turns: each waits for its turn under the Condition's lock, gives the turn to the other, and notifies."""

import multiprocessing
from multiprocessing.sharedctypes import RawArray

from timing import measure

PARENT, CHILD, OVER = 0, 1, 2


def answer(condition, turn):
    while True:
        with condition:
            condition.wait_for(lambda: turn[0] != PARENT)
            if turn[0] == OVER:
                return
            turn[0] = PARENT
            condition.notify()


def main():
    condition, turn = multiprocessing.Condition(), RawArray("i", 1)
    child = multiprocessing.Process(target=answer, args=(condition, turn))
    child.start()

    def play(n):
        for _ in range(n):
            with condition:
                turn[0] = CHILD
                condition.notify()
                condition.wait_for(lambda: turn[0] == PARENT)

    measure(play, 5000)
    with condition:
        turn[0] = OVER
        condition.notify()
    child.join()


if __name__ == "__main__":
    main()
