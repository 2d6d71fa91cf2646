"""Why projects wait: what binds over time, what took over when, and what relaxing one constraint alone would change.

    why = explain(load("baseline"), replications=50)
    print(page_text(explanation_page(why)))

The split of the order books is attribution by rule (`sim.model.binding`). The paired runs show cause: the same
seed and replications, hence the same luck, with one constraint relaxed (`sim.studies.relax`). All sentences
are made from the numbers. `tell_project` tells one project's life instead, and `contrast` why two runs differ.
"""
