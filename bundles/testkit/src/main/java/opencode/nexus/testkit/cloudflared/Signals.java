package opencode.nexus.testkit.cloudflared;

import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import opencode.nexus.testkit.cloudflared.StandInCloudflared.Stop;
import sun.misc.Signal;

/** TERM and INT: the first asks to stop, the second ends the process at once. HUP ends it in any case. */
final class Signals {
    private final Control control;
    private final AtomicReference<String> asked = new AtomicReference<>("");

    private Signals(Control control) {
        this.control = control;
    }

    static Signals listen(Control control) {
        Signals signals = new Signals(control);
        Signal.handle(new Signal("TERM"), signal -> signals.received(signal.getNumber(), "terminated"));
        Signal.handle(new Signal("INT"), signal -> signals.received(signal.getNumber(), "interrupt"));
        return signals;
    }

    /** The signal that asked to stop, as the log names it. */
    Optional<String> asked() {
        return Optional.of(asked.get()).filter(word -> !word.isEmpty());
    }

    private void received(int number, String word) {
        if (control.stop() != Stop.IGNORED && !asked.compareAndSet("", word)) {
            Runtime.getRuntime().halt(128 + number);
        }
    }
}
