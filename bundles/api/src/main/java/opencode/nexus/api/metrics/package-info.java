/** What is measured: now, and what it was. */
@Export
@Version("1.0.0")
@NullMarked
package opencode.nexus.api.metrics;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
