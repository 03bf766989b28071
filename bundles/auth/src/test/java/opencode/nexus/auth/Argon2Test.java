package opencode.nexus.auth;

import static opencode.nexus.auth.Wall.failure;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.NexusException.Kind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class Argon2Test {
    private final Argon2 argon2 = new Argon2(Wall.CHEAP, new SecureRandom());

    /** Known answers of the reference implementation. */
    @ParameterizedTest
    @CsvSource(
            delimiter = ' ',
            value = {
                "password $argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
                "password $argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
                "password $argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc",
                "differentpassword "
                        + "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$C4TWUs9rDEvq7w3+J4umqA32aWKB1+DSiRuBfYxFj94"
            })
    void agreesWithTheReference(String password, String phc) {
        assertThat(argon2.matches(phc, password)).isTrue();
        assertThat(argon2.matches(phc, password + "x")).isFalse();
    }

    @Test
    void theRealCostIsWhatIsPromised() {
        Argon2 real = new Argon2(Argon2.Cost.STANDARD, new SecureRandom());

        String phc = real.hash("correct horse battery 9 staple x");

        assertThat(phc).matches("\\$argon2id\\$v=19\\$m=65536,t=3,p=1\\$[A-Za-z0-9+/]{22}\\$[A-Za-z0-9+/]{43}");
        assertThat(real.matches(phc, "correct horse battery 9 staple x")).isTrue();
        assertThat(real.outdated(phc)).isFalse();
        assertThat(argon2.outdated(phc)).isTrue();
    }

    @Test
    void everyHashHasItsOwnSalt() {
        assertThat(argon2.hash("same")).isNotEqualTo(argon2.hash("same"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "secret",
                "$argon2i$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
                "$argon2id$v=19$m=9999999,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
                "$argon2id$v=19$m=256,t=0,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
                "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$"
            })
    void anythingElseIsNoHash(String phc) {
        assertThatIllegalArgumentException().isThrownBy(() -> Argon2.requireValid(phc));
    }

    @Test
    void oneHashesEightWaitAndTheNextIsSentAway() throws Exception {
        CountDownLatch busy = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        AtomicInteger working = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        ExecutorService threads = Executors.newCachedThreadPool();
        List<Future<Integer>> turns = new ArrayList<>();
        turns.add(threads.submit(() -> argon2.inTurn(() -> {
            most.accumulateAndGet(working.incrementAndGet(), Math::max);
            busy.countDown();
            await(go);
            return working.decrementAndGet();
        })));
        assertThat(busy.await(30, TimeUnit.SECONDS)).isTrue();
        CountDownLatch refused = new CountDownLatch(12);
        List<NexusException> failures = java.util.Collections.synchronizedList(new ArrayList<>());
        for (int i = 0; i < 20; i++) {
            turns.add(threads.submit(() -> {
                try {
                    return argon2.inTurn(() -> {
                        most.accumulateAndGet(working.incrementAndGet(), Math::max);
                        return working.decrementAndGet();
                    });
                } catch (NexusException e) {
                    failures.add(e);
                    refused.countDown();
                    return 0;
                }
            }));
        }
        assertThat(refused.await(30, TimeUnit.SECONDS)).isTrue();
        go.countDown();
        for (Future<Integer> turn : turns) {
            turn.get(30, TimeUnit.SECONDS);
        }
        threads.shutdown();

        assertThat(failures).hasSize(12).allSatisfy(failure -> {
            assertThat(failure.kind()).isEqualTo(Kind.TOO_MANY);
            assertThat(failure.code()).isEqualTo("too-many-tries");
            assertThat(failure.retryAfter()).contains(Duration.ofSeconds(1));
        });
        assertThat(most).hasValue(1);
        assertThat(argon2.<String>inTurn(() -> "free again")).isEqualTo("free again");
    }

    @Test
    void aTurnThatFailsMakesWay() {
        for (int i = 0; i < 20; i++) {
            failure(() -> argon2.inTurn(() -> {
                throw new NexusException(Kind.UNAVAILABLE, "home-not-writable", "no");
            }));
        }

        assertThat(argon2.<String>inTurn(() -> "mine")).isEqualTo("mine");
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await(30, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
