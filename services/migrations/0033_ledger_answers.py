"""Corrections of the ledger as new entries, and requests to see a record with their answer."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
import services.models.history
from django.conf import settings
from django.db import migrations, models

from cms.database.policies import append_only, writable


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0002_attempts'),
        ('cms', '0003_versions_only_grow'),
        ('services', '0032_finding'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        # Once only added to, a request to see a record is now answered; its former states are kept (0051).
        migrations.RunSQL(writable("services_recordaccess"), append_only("services_recordaccess")),
        migrations.CreateModel(
            name='RecordAccessFormer',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('changed_by', models.BigIntegerField(db_default=services.models.history.CurrentUser(), null=True)),
                ('id', models.BigIntegerField()),
                ('at', models.DateTimeField(verbose_name='recorded')),
                ('purpose', models.CharField(blank=True, choices=[('investigation', 'police investigation'), ('prosecution', 'prosecution'), ('protection', 'protection of the child'), ('restitution', 'restitution'), ('health', 'health care'), ('recovery', 'recovery plan')], max_length=20, verbose_name='what for')),
                ('state', models.CharField(choices=[('requested', 'waits for an answer'), ('granted', 'may be seen'), ('refused', 'refused'), ('withdrawn', 'withdrawn'), ('ended', 'ended early')], default='requested', max_length=10, verbose_name='state')),
                ('decided_at', models.DateTimeField(blank=True, null=True, verbose_name='answered')),
                ('until', models.DateField(blank=True, null=True, verbose_name='may be seen until')),
                ('instructions', models.CharField(blank=True, max_length=300, verbose_name='how to see it')),
                ('refusal', models.CharField(blank=True, choices=[('no_task', 'the agency has no task in this case that needs it'), ('order_needed', 'an order of a court or a prosecutor is needed first'), ('being_examined', 'the record is being examined; please ask again later'), ('not_here', 'the record is no longer kept here'), ('danger', 'it would put the child or others in danger')], max_length=20, verbose_name='why not')),
                ('ended_at', models.DateTimeField(blank=True, null=True, verbose_name='ended')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.AlterModelOptions(
            name='recordaccess',
            options={'get_latest_by': 'at', 'ordering': ['-at'], 'verbose_name': 'request to see a record', 'verbose_name_plural': 'requests to see a record'},
        ),
        migrations.RemoveConstraint(
            model_name='recordaccess',
            name='recordaccess_once_per_agency',
        ),
        migrations.RemoveConstraint(
            model_name='testimony',
            name='testimony_once_per_interview_and_topic',
        ),
        migrations.AddField(
            model_name='recordaccess',
            name='decided_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='answered'),
        ),
        migrations.AddField(
            model_name='recordaccess',
            name='decided_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='recordaccess',
            name='ended_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='ended'),
        ),
        migrations.AddField(
            model_name='recordaccess',
            name='ended_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='recordaccess',
            name='instructions',
            field=models.CharField(blank=True, max_length=300, verbose_name='how to see it'),
        ),
        migrations.AddField(
            model_name='recordaccess',
            name='purpose',
            field=models.CharField(blank=True, choices=[('investigation', 'police investigation'), ('prosecution', 'prosecution'), ('protection', 'protection of the child'), ('restitution', 'restitution'), ('health', 'health care'), ('recovery', 'recovery plan')], max_length=20, verbose_name='what for'),
        ),
        migrations.AddField(
            model_name='recordaccess',
            name='refusal',
            field=models.CharField(blank=True, choices=[('no_task', 'the agency has no task in this case that needs it'), ('order_needed', 'an order of a court or a prosecutor is needed first'), ('being_examined', 'the record is being examined; please ask again later'), ('not_here', 'the record is no longer kept here'), ('danger', 'it would put the child or others in danger')], max_length=20, verbose_name='why not'),
        ),
        migrations.AddField(
            model_name='recordaccess',
            name='state',
            field=models.CharField(choices=[('requested', 'waits for an answer'), ('granted', 'may be seen'), ('refused', 'refused'), ('withdrawn', 'withdrawn'), ('ended', 'ended early')], default='requested', max_length=10, verbose_name='state'),
        ),
        migrations.AddField(
            model_name='recordaccess',
            name='until',
            field=models.DateField(blank=True, null=True, verbose_name='may be seen until'),
        ),
        migrations.AddField(
            model_name='testimony',
            name='correction_reason',
            field=models.CharField(blank=True, choices=[('typed_wrong', 'it was typed wrongly'), ('damaged', 'the recording turned out to be damaged or lost'), ('found', 'the recording was found, or could be restored'), ('moved', 'another agency keeps the recording now'), ('sealed_anew', 'the recording was sealed anew')], max_length=20, verbose_name='why it is corrected'),
        ),
        migrations.AddField(
            model_name='testimony',
            name='corrects',
            field=models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='correction', to='services.testimony', verbose_name='corrects'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='recordaccess',
            trigger=pgtrigger.compiler.Trigger(name='changed_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "services_recordaccessformer" ("agency_id", "at", "by_id", "case_id", "decided_at", "decided_by_id", "ended_at", "ended_by_id", "id", "instructions", "pgh_created_at", "pgh_label", "pgh_obj_id", "purpose", "refusal", "state", "testimony_id", "until") VALUES (OLD."agency_id", OLD."at", OLD."by_id", OLD."case_id", OLD."decided_at", OLD."decided_by_id", OLD."ended_at", OLD."ended_by_id", OLD."id", OLD."instructions", NOW(), \'changed\', OLD."id", OLD."purpose", OLD."refusal", OLD."state", OLD."testimony_id", OLD."until"); RETURN NULL;', hash='eefab4487233202e1efe83f63a9b5826bd93e4dd', operation='UPDATE', pgid='pgtrigger_changed_update_2e773', table='services_recordaccess', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='recordaccess',
            trigger=pgtrigger.compiler.Trigger(name='deleted_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "services_recordaccessformer" ("agency_id", "at", "by_id", "case_id", "decided_at", "decided_by_id", "ended_at", "ended_by_id", "id", "instructions", "pgh_created_at", "pgh_label", "pgh_obj_id", "purpose", "refusal", "state", "testimony_id", "until") VALUES (OLD."agency_id", OLD."at", OLD."by_id", OLD."case_id", OLD."decided_at", OLD."decided_by_id", OLD."ended_at", OLD."ended_by_id", OLD."id", OLD."instructions", NOW(), \'deleted\', OLD."id", OLD."purpose", OLD."refusal", OLD."state", OLD."testimony_id", OLD."until"); RETURN NULL;', hash='f487739c4bed3b8642f9ec81befa1defbb177033', operation='DELETE', pgid='pgtrigger_deleted_delete_106e3', table='services_recordaccess', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='recordaccess',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'requested')), fields=('agency', 'testimony'), name='recordaccess_one_open_request'),
        ),
        migrations.AddConstraint(
            model_name='recordaccess',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('decided_at', None), ('decided_by', None), ('ended_at', None), ('ended_by', None), ('instructions', ''), ('refusal', ''), ('state', 'requested'), ('until', None)), models.Q(('decided_at', None), ('decided_by', None), ('ended_at__isnull', False), ('ended_by__isnull', False), ('instructions', ''), ('refusal', ''), ('state', 'withdrawn'), ('until', None)), models.Q(models.Q(('decided_at__isnull', False), ('decided_by__isnull', False), ('state', 'refused'), ('until', None)), models.Q(('refusal', ''), _negated=True), ('ended_at', None), ('ended_by', None), ('instructions', '')), models.Q(models.Q(('decided_at__isnull', False), ('decided_by__isnull', False), ('refusal', ''), ('until__isnull', False)), models.Q(models.Q(('ended_at', None), ('ended_by', None), ('state', 'granted')), models.Q(('ended_at__isnull', False), ('ended_by__isnull', False), ('state', 'ended')), _connector='OR'), models.Q(('instructions', ''), _negated=True)), _connector='OR'), name='recordaccess_says_what_its_state_needs'),
        ),
        migrations.AddConstraint(
            model_name='recordaccess',
            constraint=models.CheckConstraint(condition=models.Q(('decided_by', None), models.Q(('decided_by', models.F('by')), _negated=True), _connector='OR'), name='recordaccess_answered_by_another'),
        ),
        migrations.AddConstraint(
            model_name='recordaccess',
            constraint=models.CheckConstraint(condition=models.Q(('instructions__iregex', '://|www\\.'), _negated=True), name='recordaccess_instructions_are_no_link'),
        ),
        migrations.AddConstraint(
            model_name='testimony',
            constraint=models.UniqueConstraint(condition=models.Q(('corrects__isnull', True)), fields=('interview', 'topic'), name='testimony_once_per_interview_and_topic'),
        ),
        migrations.AddConstraint(
            model_name='testimony',
            constraint=models.UniqueConstraint(fields=('id', 'case', 'interview', 'topic'), name='testimony_and_what_it_is_about'),
        ),
        migrations.AddConstraint(
            model_name='testimony',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('correction_reason', ''), ('corrects__isnull', True)), models.Q(('corrects__isnull', False), models.Q(('correction_reason', ''), _negated=True)), _connector='OR'), name='testimony_corrected_for_a_reason'),
        ),
        migrations.AddConstraint(
            model_name='testimony',
            constraint=models.CheckConstraint(condition=models.Q(('corrects__isnull', True), ('corrects__lt', models.F('id')), _connector='OR'), name='testimony_corrects_an_earlier_entry'),
        ),
        migrations.AddField(
            model_name='recordaccessformer',
            name='agency',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='accounts.agency', verbose_name='agency'),
        ),
        migrations.AddField(
            model_name='recordaccessformer',
            name='by',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by'),
        ),
        migrations.AddField(
            model_name='recordaccessformer',
            name='case',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='services.case', verbose_name='case'),
        ),
        migrations.AddField(
            model_name='recordaccessformer',
            name='decided_by',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='recordaccessformer',
            name='ended_by',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='recordaccessformer',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='formers', to='services.recordaccess'),
        ),
        migrations.AddField(
            model_name='recordaccessformer',
            name='testimony',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='services.testimony'),
        ),
    ]
