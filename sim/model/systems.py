"""Large projects lose performance with loose domestic chips; systems such as CloudMatrix win most of it back."""

from __future__ import annotations

from sim.model.setting import Setting
from sim.scenario.parts import Chip, Scenario


class Systems:
    """What a project gets out of a domestic chip, by its size and the systems on sale."""

    def __init__(self, scenario: Scenario, setting: Setting) -> None:
        self.scale = scenario.scale
        self.setting = setting
        self.available = {name: setting.window.week(s.available) for name, s in scenario.scale.systems.items()}

    def serve(self, need: float, chip: Chip) -> tuple[float, str]:
        """Share of nominal performance, and the name of the system, "" for loose chips.

        A large project takes the best system of the chip's supplier of which it can fill at least one.
        """
        if need <= self.scale.size:
            return 1.0, ""
        best = self.scale.loose, ""
        now = self.setting.env.now
        for name, system in self.scale.systems.items():
            if (
                system.supplier == chip.supplier
                and self.available[name] <= now
                and need >= system.chips * chip.performance
                and system.efficiency > best[0]
            ):
                best = system.efficiency, name
        return best
