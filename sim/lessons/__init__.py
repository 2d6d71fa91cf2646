"""Exercises: predict, run, see oneself wrong, explain.

An exercise is a folder of `scenarios/exercises` with a page for the student, one for the teacher and `exercise.yaml`,
the machine's half (`sim.lessons.exercise`). A student works in a folder and on a seed of their own
(`sim.lessons.work`), seals a prediction before anything is run (`sim.lessons.seal`), and has the work checked
(`sim.lessons.check`) against properties of their own runs, written in a small language (`sim.lessons.language`), never
against a stored number. A teacher joins a class's sealed predictions (`sim.lessons.classroom`).

A seal detects edits, not cheating.
"""
